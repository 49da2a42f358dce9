// The angle by which a position turns each pair of a head (Su et al. 2021), stretched as the model was for longer contexts; as
// transformers' modeling_rope_utils and ggml's rope compute it.
import type { RopeConfig, RopeScaling } from "../../models/index.js";

export interface Rotation {
  /** Radians a position, [headSize / 2]. */
  readonly frequencies: readonly number[];
  /** Factor on cos and sin of queries and of keys; 1 but for YaRN. */
  readonly magnitude: number;
}

/** Llama 3.1: wavelengths above original/low are divided by the factor, those below original/high are kept, a ramp between. */
function llama3(frequency: number, scaling: RopeScaling & { type: "llama3" }): number {
  const { factor, lowFactor, highFactor, originalTokens } = scaling;
  const turns = (originalTokens * frequency) / (2 * Math.PI); // in the original context
  if (turns > highFactor) return frequency;
  if (turns < lowFactor) return frequency / factor;
  const smooth = (turns - lowFactor) / (highFactor - lowFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** YaRN's part of pair i that is interpolated: 0 for pairs that turn often, 1 for those that turn seldom (Peng et al. 2023, §3.2). */
function yarnRamp(base: number, headSize: number, scaling: RopeScaling & { type: "yarn" }): (i: number) => number {
  const { originalTokens, betaFast, betaSlow } = scaling;
  const pairWithTurns = (turns: number): number =>
    (headSize * Math.log(originalTokens / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const low = Math.max(0, Math.floor(pairWithTurns(betaFast)));
  const high = Math.min(headSize - 1, Math.ceil(pairWithTurns(betaSlow)));
  return (i) => Math.min(1, Math.max(0, (i - low) / Math.max(0.001, high - low)));
}

/** The rotation of heads of `headSize`. */
export function rotationOfHeads({ base, scaling }: RopeConfig, headSize: number): Rotation {
  const plain = Array.from({ length: headSize / 2 }, (_, i) => base ** ((-2 * i) / headSize));
  switch (scaling.type) {
    case "none":
      return { frequencies: plain, magnitude: 1 };
    case "linear":
      return { frequencies: plain.map((frequency) => frequency / scaling.factor), magnitude: 1 };
    case "divisors":
      return { frequencies: plain.map((frequency, i) => frequency / scaling.divisors[i]!), magnitude: 1 };
    case "llama3":
      return { frequencies: plain.map((frequency) => llama3(frequency, scaling)), magnitude: 1 };
    case "yarn": {
      const ramp = yarnRamp(base, headSize, scaling);
      const stretched = plain.map((frequency, i) => frequency * (1 - ramp(i)) + (frequency / scaling.factor) * ramp(i));
      return { frequencies: stretched, magnitude: scaling.magnitude };
    }
  }
}
