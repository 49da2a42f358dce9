// Puts prompts into their sequences' memory, and scores their tokens on the way where that is asked for. Long prompts go in pieces, one
// sequence a batch; short rests of several sequences share a batch, where the kernels would have too little to do with each alone.
import type { NativeContext, NativeSampler } from "./native-context.js";
import { readDistribution, type TokenScore } from "./token-scores.js";

/** Prompts are cut into batches of this size; above it the CPU kernels gain nothing. */
export const promptBatch = 256;
/** With the logits of every position kept, a batch of 64 holds the buffer at 64 × vocabulary × 4 bytes. */
const scoredBatch = 64;
/** Rests of up to this many tokens share a batch; longer ones are as fast alone. */
const sharedRest = 64;

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

export interface PromptTask {
  readonly sequence: number;
  readonly tokens: readonly number[];
  /** How many leading tokens are in the memory. */
  evaluated: number;
  /** The scores of the tokens from position `from` on are read into `read`; `from` is above what was in the memory before. */
  readonly scoring?: { readonly from: number; readonly top: number; readonly scorer: NativeSampler; readonly read: TokenScore[] };
  readonly signal: AbortSignal;
}

export interface PromptPiece<Task> {
  task: Task;
  /** Position of the piece's first token; what lies behind it in the memory is evaluated again, to the same bits. */
  from: number;
  size: number;
}

/** Cuts `count` tokens into pieces of at most `size`, none of a single token unless the whole is one; the first one's size. */
export function firstPiece(count: number, size: number): number {
  return count - size === 1 ? size - 1 : Math.min(size, count);
}

/**
 * The next batch for prompts that are not yet whole. Pieces of one batch are of one size, because llama.cpp would cut a batch of several
 * into equal parts by itself, and a part of one token takes another kernel; for that, a shorter rest begins up to twice its length early.
 */
export function planBatch<Task extends Pick<PromptTask, "tokens" | "evaluated" | "scoring">>(
  tasks: readonly Task[],
): PromptPiece<Task>[] {
  const left = (task: Task): number => task.tokens.length - task.evaluated;
  const widest = tasks.reduce((a, b) => (left(b) > left(a) ? b : a));
  const scored = widest.scoring !== undefined;
  const limit = scored ? scoredBatch : promptBatch;
  const size = firstPiece(left(widest), limit);
  if (left(widest) > sharedRest) return [{ task: widest, from: widest.evaluated, size }];
  return tasks
    .filter((task) => (task.scoring !== undefined) === scored && 2 * left(task) > size && task.tokens.length >= size)
    .slice(0, Math.floor(limit / size))
    .map((task) => ({ task, from: task.tokens.length - size, size }));
}

/** Positions of a piece whose logits are read: where the next token is scored, and the prompt's last. */
function logitsOf({ task: { tokens, scoring }, from, size }: PromptPiece<PromptTask>): number[] {
  const offsets = Array.from({ length: size }, (_, offset) => offset);
  const isLast = (offset: number): boolean => from + offset === tokens.length - 1;
  const next = scoring && scoring.from + scoring.read.length;
  return offsets.filter((offset) => isLast(offset) || (next !== undefined && from + offset + 1 >= next));
}

/**
 * Evaluates one batch, and reads its scores; resolves with the tasks whose prompt is whole now, each with the batch position of its last
 * token's logits, which are there until the next batch.
 */
export async function evaluateBatch<Task extends PromptTask>(
  context: NativeContext,
  pieces: readonly PromptPiece<Task>[],
): Promise<{ task: Task; lastIndex: number }[]> {
  for (const { task, from } of pieces) if (from < task.evaluated) context.removeTokenCellsFromSequence(task.sequence, from, -1);
  context.initBatch(pieces.reduce((sum, { size }) => sum + size, 0));
  // In the order of the sequences: llama.cpp evaluates only sequences that follow one another together.
  const added = [...pieces]
    .sort((a, b) => a.task.sequence - b.task.sequence)
    .map((piece) => {
      const { task, from, size } = piece;
      const logits = logitsOf(piece);
      const tokens = Uint32Array.from(task.tokens.slice(from, from + size));
      return { ...piece, logits, indexes: context.addToBatch(task.sequence, from, tokens, Uint32Array.from(logits)) };
    });
  await context.decodeBatch();
  const whole: { task: Task; lastIndex: number }[] = [];
  for (const { task, from, size, logits, indexes } of added) {
    task.evaluated = from + size;
    for (const [row, offset] of logits.entries()) {
      const token = task.tokens[from + offset + 1];
      if (task.scoring === undefined || token === undefined) continue;
      const { scorer, top, read } = task.scoring;
      const distribution = await readDistribution({ context, scorer, batchIndex: indexes[row]!, wanted: [token], top });
      read.push({ token, logprob: distribution.logprobOf(token), top: distribution.top });
    }
    if (task.evaluated === task.tokens.length) whole.push({ task, lastIndex: indexes.at(-1)! });
  }
  return whole;
}
