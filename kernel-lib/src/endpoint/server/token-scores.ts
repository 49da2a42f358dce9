// Log-probabilities from raw logits: of the full softmax at temperature 1, whatever the request samples with.
import type { NativeContext, NativeSampler } from "./native-context.js";

export interface TokenScore {
  token: number;
  /** Natural logarithm; null for a prompt's first token, which nothing predicts. */
  logprob: number | null;
  /** The likeliest tokens at this position, best first. */
  top: { token: number; logprob: number }[];
}

export interface Distribution {
  logprobOf(token: number): number;
  top: { token: number; logprob: number }[];
}

/**
 * Reads the distribution at one position of the last batch through a sampler of temperature 0, which leaves the logits as they are; `wanted` are the tokens whose log-probability will be asked for.
 * The whole vocabulary is sorted only when more than the likeliest token is asked for.
 */
export async function readDistribution(options: {
  context: NativeContext;
  scorer: NativeSampler;
  batchIndex: number;
  wanted: number[];
  top: number;
}): Promise<Distribution> {
  const { context, scorer, batchIndex, wanted, top } = options;
  const sorted = top > 1 ? top : 0;
  const [, , , pairs, weight] = await context.sampleToken(
    batchIndex,
    scorer,
    false,
    false,
    [wanted, true, false, true, sorted],
    true,
  );
  const logits = new Map<number, number>();
  for (let i = 0; i + 1 < pairs.length; i += 2) logits.set(pairs[i]!, pairs[i + 1]!);
  const logNormaliser = Math.max(...logits.values()) + Math.log(weight);
  const ranked = [...logits].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, top);
  return {
    logprobOf: (token) => {
      const logit = logits.get(token);
      if (logit === undefined) throw new RangeError(`token ${token} was not asked for`);
      return logit - logNormaliser;
    },
    top: ranked.map(([token, logit]) => ({ token, logprob: logit - logNormaliser })),
  };
}
