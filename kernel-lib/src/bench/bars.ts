// The bars that the native CPU backend and the portable ones have to clear, each with the figure it is held against. They are stated for
// two cores with AVX512_BF16; the table says what this machine gave.
import { nameOf } from "./configuration.js";
import { type RowFigures, rowFigures } from "./figures.js";
import type { Measurement } from "./measure-configuration.js";

export interface Bar {
  claim: string;
  /** The configuration in whose row it stands. */
  configuration: string;
  limit: number;
  direction: "at least" | "at most";
  unit: string;
  value: (figuresOf: (configuration: string) => RowFigures | undefined) => number | undefined;
}

export interface JudgedBar extends Omit<Bar, "value"> {
  /** Undefined: not measured. */
  value: number | undefined;
  met: boolean | undefined;
}

const gibibyte = 2 ** 30;

const speed = (words: string, limit: number): Bar => {
  const configuration = nameOf(words);
  return {
    ...{ claim: "tokens/s, ours by PEFT", configuration, limit, direction: "at least", unit: "×" },
    value: (figuresOf) => figuresOf(configuration)?.bestRatio,
  };
};

const memoryRatio = (words: string, limit: number): Bar => {
  const configuration = nameOf(words);
  return {
    ...{ claim: "peak memory, ours by PEFT", configuration, limit, direction: "at most", unit: "×" },
    value: (figuresOf) => figuresOf(configuration)?.memoryRatio,
  };
};

const peak = (words: string, limit: number): Bar => {
  const configuration = nameOf(words);
  return {
    ...{ claim: "peak memory", configuration, limit, direction: "at most", unit: "GiB" },
    value(figuresOf) {
      const bytes = figuresOf(configuration)?.tfjs?.peakBytes;
      return bytes === undefined ? undefined : bytes / gibibyte;
    },
  };
};

const packed = nameOf("8x512 bf16 recompute quantised");
const resident = nameOf("8x512 bf16 recompute half tensorflow");
const full = nameOf("8x512 f32 recompute half tensorflow");
const wasm = nameOf("1x256 wasm");
const longWasm = nameOf("1x512 wasm");

export const bars: readonly Bar[] = [
  speed("1x256 f32 kept half tensorflow", 1.7),
  speed("1x256 bf16 kept half tensorflow", 1.2),
  speed("4x256 f32 kept half tensorflow", 2.3),
  speed("4x256 bf16 kept half tensorflow", 2.0),
  speed("8x512 f32 kept half tensorflow", 2.3),
  speed("8x512 bf16 kept half tensorflow", 2.0),
  memoryRatio("4x256 f32 kept half tensorflow", 0.5),
  memoryRatio("4x256 bf16 kept half tensorflow", 0.45),
  peak("8x512 f32 recompute half tensorflow", 3.0),
  peak("8x512 bf16 recompute half tensorflow", 2.6),
  {
    ...{ claim: "weights in memory, 4-bit by f32", configuration: packed, limit: 0.2, direction: "at most", unit: "×" },
    value(figuresOf) {
      const [small, large] = [figuresOf(packed)?.tfjs?.weightBytes, figuresOf(full)?.tfjs?.weightBytes];
      return small === undefined || large === undefined ? undefined : small / large;
    },
  },
  {
    ...{ claim: "tokens/s, 4-bit by bf16 resident", configuration: packed, limit: 0.7, direction: "at least", unit: "×" },
    value(figuresOf) {
      const [small, large] = [figuresOf(packed)?.tfjs?.best, figuresOf(resident)?.tfjs?.best];
      return small === undefined || large === undefined ? undefined : small / large;
    },
  },
  {
    ...{ claim: "tokens/s", configuration: wasm, limit: 30, direction: "at least", unit: "tok/s" },
    value: (figuresOf) => figuresOf(wasm)?.tfjs?.best,
  },
  {
    ...{ claim: "steps without an abort", configuration: longWasm, limit: 1, direction: "at least", unit: "steps" },
    value: (figuresOf) => figuresOf(longWasm)?.tfjs?.steps,
  },
];

/** Holds the bars whose configuration was measured against what was measured. */
export function judge(measurements: readonly Measurement[], all: readonly Bar[] = bars): JudgedBar[] {
  const rows = new Map(measurements.map((measurement) => [measurement.configuration.name, rowFigures(measurement)]));
  return all
    .filter(({ configuration }) => rows.has(configuration))
    .map(({ value: measure, ...bar }) => {
      const value = measure((name) => rows.get(name));
      const met = value === undefined ? undefined : bar.direction === "at least" ? value >= bar.limit : value <= bar.limit;
      return { ...bar, value, met };
    });
}
