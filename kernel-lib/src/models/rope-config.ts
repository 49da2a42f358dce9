// Rotary scaling as config.json states it, in both spellings of transformers: `rope_theta` with `rope_scaling` (to version 4) and
// `rope_parameters` (from 5).
import { z } from "zod";
import { InputError } from "../runtime/index.js";

/** How the rotary frequencies (Su et al. 2021) of a model are stretched to longer contexts. */
export type RopeScaling =
  | { type: "none" }
  /** Every frequency divided by the factor (Chen et al. 2023, position interpolation). */
  | { type: "linear"; factor: number }
  /** Long wavelengths divided by the factor, short ones kept, a ramp between (Llama 3.1). */
  | { type: "llama3"; factor: number; lowFactor: number; highFactor: number; originalTokens: number }
  /** The same by number of rotations, and the attention's temperature changed (Peng et al. 2023, YaRN). */
  | { type: "yarn"; factor: number; originalTokens: number; betaFast: number; betaSlow: number; magnitude: number }
  /** Every frequency divided by a number of its own, [headSize / 2]: what GGUF files carry instead of Llama 3's rule. */
  | { type: "divisors"; divisors: Float32Array };

export interface RopeConfig {
  /** Base of the frequencies, θ. */
  base: number;
  scaling: RopeScaling;
}

const positive = z.number().positive();
const whole = z.number().int().positive();

/** The fields of any spelling; what a type needs is asked for when the type is known. */
export const ropeSchema = z.looseObject({
  rope_type: z.string().optional(),
  /** The name of `rope_type` until transformers 4.43. */
  type: z.string().optional(),
  rope_theta: positive.optional(),
  factor: positive.nullish(),
  low_freq_factor: positive.optional(),
  high_freq_factor: positive.optional(),
  original_max_position_embeddings: whole.optional(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  attention_factor: positive.nullish(),
  mscale: positive.nullish(),
  mscale_all_dim: positive.nullish(),
  truncate: z.boolean().optional(),
  partial_rotary_factor: z.number().optional(),
});

export type RopeFields = z.infer<typeof ropeSchema>;

/** YaRN's factor on cos and sin: 1 + 0.1·ln s (Peng et al. 2023, eq. 22 as transformers applies it). */
export const yarnMagnitude = (factor: number): number => (factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1);

/**
 * @param path names the file in errors.
 * @param fallback θ where the file states none, and the context that stands in for the original one.
 * @throws InputError for a kind of scaling that is not computed, or one that lacks a number.
 */
export function ropeConfig(path: string, rope: RopeFields, fallback: { base: number; contextTokens: number }): RopeConfig {
  const base = rope.rope_theta ?? fallback.base;
  const kind = rope.rope_type ?? rope.type ?? "default";
  const originalTokens = rope.original_max_position_embeddings ?? fallback.contextTokens;
  const refuse = (got: string, allowed: string): never => {
    throw new InputError({ got: `${path}: ${got}`, allowed, todo: "choose another model" });
  };
  const given = (key: "factor" | "low_freq_factor" | "high_freq_factor"): number =>
    rope[key] ?? refuse(`rotary scaling "${kind}" without ${key}`, "a number");
  if ((rope.partial_rotary_factor ?? 1) !== 1)
    refuse(`partial_rotary_factor ${rope.partial_rotary_factor}`, "1 (whole heads rotated)");
  switch (kind) {
    case "default":
      return { base, scaling: { type: "none" } };
    case "linear":
      return { base, scaling: { type: "linear", factor: given("factor") } };
    case "llama3": {
      const [lowFactor, highFactor] = [given("low_freq_factor"), given("high_freq_factor")];
      return { base, scaling: { type: "llama3", factor: given("factor"), lowFactor, highFactor, originalTokens } };
    }
    case "yarn": {
      if (rope.truncate === false || rope.mscale || rope.mscale_all_dim)
        refuse("YaRN with truncate, mscale or mscale_all_dim", "YaRN without them");
      const factor = given("factor");
      const magnitude = rope.attention_factor ?? yarnMagnitude(factor);
      const betas = { betaFast: rope.beta_fast ?? 32, betaSlow: rope.beta_slow ?? 1 };
      return { base, scaling: { type: "yarn", factor, originalTokens, ...betas, magnitude } };
    }
    default:
      return refuse(`rotary scaling "${kind}"`, "default, linear, llama3, yarn");
  }
}
