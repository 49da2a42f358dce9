// From measured steps to the figures of the tables: tokens/s of the best and the median step, memory, ratios between the sides.
import type { Configuration } from "./configuration.js";
import type { Measurement, SideMeasurement, SideName } from "./measure-configuration.js";

export interface SideFigures {
  /** Timed ones. */
  steps: number;
  /** Of the fastest and the median timed step. */
  best: number;
  median: number;
  /** Peak of resident memory while training, in bytes. */
  peakBytes: number | undefined;
  weightBytes: number;
}

export const tokensOf = ({ sequences, tokens }: Configuration): number => sequences * tokens;

/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Undefined where the side has no timed step. */
export function sideFigures(configuration: Configuration, side: SideMeasurement | undefined): SideFigures | undefined {
  if (!side?.ready || side.steps.length === 0) return undefined;
  const seconds = side.steps.map((step) => step.seconds);
  return {
    steps: seconds.length,
    best: tokensOf(configuration) / Math.min(...seconds),
    median: tokensOf(configuration) / median(seconds),
    peakBytes: side.memory?.peakBytes,
    weightBytes: side.ready.weightBytes,
  };
}

export const sideOf = ({ sides }: Measurement, name: SideName): SideMeasurement | undefined =>
  sides.find(({ side }) => side === name);

export interface RowFigures {
  tfjs: SideFigures | undefined;
  peft: SideFigures | undefined;
  /** tokens/s, ours by theirs: best by best, median by median. */
  bestRatio: number | undefined;
  medianRatio: number | undefined;
  /** Peak memory, ours by theirs. */
  memoryRatio: number | undefined;
  /** Loss of the base model on the same tokens, ours minus theirs, in nats. */
  lossDifference: number | undefined;
}

const quotient = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b;

export function rowFigures(measurement: Measurement): RowFigures {
  const { configuration } = measurement;
  const [ours, theirs] = [sideOf(measurement, "tfjs"), sideOf(measurement, "peft")];
  const tfjs = sideFigures(configuration, ours);
  const peft = sideFigures(configuration, theirs);
  const losses = [ours?.warmUp?.loss, theirs?.warmUp?.loss];
  return {
    tfjs,
    peft,
    bestRatio: quotient(tfjs?.best, peft?.best),
    medianRatio: quotient(tfjs?.median, peft?.median),
    memoryRatio: quotient(tfjs?.peakBytes, peft?.peakBytes),
    lossDifference: losses[0] === undefined || losses[1] === undefined ? undefined : losses[0] - losses[1],
  };
}
