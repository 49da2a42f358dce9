// Puts a prompt into a sequence's memory in pieces, and scores its tokens on the way where that is asked for.
import type { NativeContext, NativeSampler } from "./native-context.js";
import { cutPrompt } from "./prefix-match.js";
import { readDistribution, type TokenScore } from "./token-scores.js";

/** Prompts are cut into batches of this size; above it the CPU kernels gain nothing. */
export const promptBatch = 256;
/** With the logits of every position kept, a batch of 64 holds the buffer at 64 × vocabulary × 4 bytes. */
const scoredBatch = 64;

/** Evaluates tokens of one sequence as one batch; returns the batch positions of the logits asked for. */
export async function evaluateTokens(
  context: NativeContext,
  {
    sequence,
    position,
    tokens,
    logits,
  }: { sequence: number; position: number; tokens: readonly number[]; logits: readonly number[] },
): Promise<Uint32Array> {
  context.initBatch(tokens.length);
  const indexes = context.addToBatch(sequence, position, Uint32Array.from(tokens), Uint32Array.from(logits));
  await context.decodeBatch();
  return indexes;
}

/** The client closed its connection: nobody waits for the answer. */
export class AbandonedRequest extends Error {}

export interface PromptOptions {
  context: NativeContext;
  sequence: number;
  tokens: readonly number[];
  /** How many leading tokens are in the memory already; none when the prompt is scored. */
  reused: number;
  /** With `topLogprobs`, every token of the prompt is scored. */
  scoring?: { scorer: NativeSampler; topLogprobs: number };
  signal: AbortSignal;
  /** Called after each piece with the number of tokens now in the memory. */
  onEvaluated: (count: number) => void;
}

/** Resolves with the batch position of the last token's logits, and the scores. */
export async function evaluatePrompt(options: PromptOptions): Promise<{ lastIndex: number; scores: TokenScore[] }> {
  const { context, sequence, tokens, scoring, signal } = options;
  const scores: TokenScore[] = scoring ? [{ token: tokens[0]!, logprob: null, top: [] }] : [];
  let position = options.reused;
  let lastIndex = -1;
  for (const size of cutPrompt(tokens.length - position, scoring ? scoredBatch : promptBatch)) {
    if (signal.aborted) throw new AbandonedRequest("the client left");
    const piece = tokens.slice(position, position + size);
    const logits = scoring ? [...piece.keys()] : [size - 1];
    const indexes = await evaluateTokens(context, { sequence, position, tokens: piece, logits });
    if (scoring) {
      for (const [index, following] of tokens.slice(position + 1, position + size + 1).entries()) {
        const { scorer, topLogprobs } = scoring;
        const distribution = await readDistribution({
          context,
          scorer,
          batchIndex: indexes[index]!,
          wanted: [following],
          top: topLogprobs,
        });
        scores.push({ token: following, logprob: distribution.logprobOf(following), top: distribution.top });
      }
    }
    position += size;
    lastIndex = indexes.at(-1)!;
    options.onEvaluated(position);
  }
  return { lastIndex, scores };
}
