// Do two implementations of one model agree? The ten likeliest next tokens of a server, and what our transformer gives them.
import { openPredictor, type PredictorOptions } from "./predictor.js";

/** A prompt's token numbers (BOS included) and the server's likeliest next tokens: number to log-probability. */
export interface ServerDistribution {
  tokens: readonly number[];
  likeliest: ReadonlyMap<number, number>;
}

export interface Agreement {
  /** Largest difference of a log-probability, and the mean of all differences, in nats. */
  worst: number;
  mean: number;
  /** Prompts whose likeliest token is the same, and prompts in all. */
  sameFirst: number;
  prompts: number;
  /** The largest difference a prompt, in their order. */
  worstByPrompt: number[];
}

/** Compares our log-probabilities [vocabulary] with a server's, prompt by prompt. */
export function compareDistributions(own: readonly Float32Array[], server: readonly ReadonlyMap<number, number>[]): Agreement {
  const differences = own.map((logProbs, i) => [...server[i]!].map(([id, theirs]) => Math.abs(logProbs[id]! - theirs)));
  const firstOf = (map: ReadonlyMap<number, number>): number =>
    [...map].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
  const all = differences.flat();
  return {
    worst: Math.max(...all),
    mean: all.reduce((sum, difference) => sum + difference, 0) / all.length,
    sameFirst: own.filter((logProbs, i) => logProbs.indexOf(logProbs.reduce((a, b) => Math.max(a, b))) === firstOf(server[i]!))
      .length,
    prompts: own.length,
    worstByPrompt: differences.map((row) => Math.max(...row)),
  };
}

export interface OwnLogProbsOptions extends Omit<PredictorOptions, "precision"> {
  /** Token numbers of each prompt. */
  prompts: readonly (readonly number[])[];
}

/**
 * Next-token log-probabilities after each prompt, by the float32 transformer: [vocabulary] a prompt. One model is in memory at a
 * time, and is gone when they come.
 */
export async function ownLogProbs({ prompts, ...model }: OwnLogProbsOptions): Promise<Float32Array[]> {
  const predictor = await openPredictor(model);
  try {
    const results: Float32Array[] = [];
    for (const tokens of prompts) results.push(...(await predictor.logProbs(tokens)));
    return results;
  } finally {
    predictor.close();
  }
}

/**
 * How far our float32 transformer and a server that runs the same weights are apart, over the server's likeliest next tokens.
 * A file of float16 weights agrees within 0.03; a quantised one less, as its server also rounds activations.
 */
export async function agreement(
  options: Omit<OwnLogProbsOptions, "prompts"> & { distributions: readonly ServerDistribution[] },
): Promise<Agreement> {
  const { distributions, ...rest } = options;
  const own = await ownLogProbs({ ...rest, prompts: distributions.map(({ tokens }) => tokens) });
  return compareDistributions(
    own,
    distributions.map(({ likeliest }) => likeliest),
  );
}
