// Why nothing arrives: one line for a person in front of a terminal that would else be silent.
import type { Traffic } from "../endpoint/index.js";

/** Undefined while all is well. */
export function describeTraffic(traffic: Traffic | undefined): string | undefined {
  if (!traffic) return undefined;
  const { pausedSeconds, throttledSeconds, waiting, limit } = traffic;
  if (throttledSeconds > 0) {
    const wait = pausedSeconds >= 1 ? `waiting ${Math.ceil(pausedSeconds)} s` : "trying again";
    return `throttled for ${Math.round(throttledSeconds)} s, ${wait}`;
  }
  if (pausedSeconds >= 1) return `the server's limit is used up, waiting ${Math.ceil(pausedSeconds)} s`;
  return waiting > 0 ? `${waiting} wait their turn, ${limit} at once` : undefined;
}
