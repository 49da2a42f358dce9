// Reading a benchmark's flags: numbers and choices, refused in one line.
import { InputError } from "../runtime/index.js";
import type { BenchFlags } from "./bench.js";

/** A whole number from 1, or `fallback` where the flag is absent. */
export function countFlag(flags: BenchFlags, name: string, fallback: number): number {
  const text = flags[name];
  if (text === undefined) return fallback;
  if (typeof text === "string" && /^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InputError({ got: `--${name} ${text}`, allowed: "a whole number from 1" });
}

/** Comma-separated choices, in the order of `allowed`; all of them where the flag is absent. */
export function choicesFlag<T extends string>(flags: BenchFlags, name: string, allowed: readonly T[]): T[] {
  const text = flags[name];
  if (typeof text !== "string") return [...allowed];
  const wanted = text.split(",").map((part) => part.trim());
  const unknown = wanted.find((part) => !allowed.some((choice) => choice === part));
  if (unknown !== undefined) throw new InputError({ got: `--${name} ${unknown}`, allowed: allowed.join(", ") });
  return allowed.filter((choice) => wanted.includes(choice));
}
