// Training rows as tokens, and which rows make which optimiser step: a pure function of the seed, so a resumed run sees the same.
import type { Tokenizer } from "../../models/index.js";
import { deriveRandom } from "../../runtime/index.js";
import type { Batch } from "../transformer/transformer.js";

/** A completion to learn, given its prompt; the end token is added here. */
export interface TrainingRow {
  id: string;
  prompt: string;
  completion: string;
}

export interface TokenRow {
  id: string;
  ids: number[];
  /** Tokens of the prompt (and BOS): what follows them is trained. */
  promptTokens: number;
}

export type RowTokenizer = Pick<Tokenizer, "encode" | "bos" | "eos" | "addBos">;

/** BOS where the model wants one, prompt, completion, EOS. Prompt and completion are encoded apart, as inference sees the prompt. */
export function tokenizeRow(tokenizer: RowTokenizer, { id, prompt, completion }: TrainingRow): TokenRow {
  const start = tokenizer.addBos && tokenizer.bos !== undefined ? [tokenizer.bos] : [];
  const head = [...start, ...tokenizer.encode(prompt)];
  return { id, ids: [...head, ...tokenizer.encode(completion), ...tokenizer.eos.slice(0, 1)], promptTokens: head.length };
}

/** The rows of optimiser step `step`, from 0: each epoch is shuffled anew and cut into batches; its last one may be smaller. */
export function rowsOfStep<T>(rows: readonly T[], step: number, { batchSize, seed }: { batchSize: number; seed: number }): T[] {
  const perEpoch = Math.ceil(rows.length / batchSize);
  const epoch = Math.floor(step / perEpoch);
  const first = (step % perEpoch) * batchSize;
  return deriveRandom(seed, "lora", "epoch", epoch)
    .shuffle(rows)
    .slice(first, first + batchSize);
}

const lengthUnit = 16; // padded lengths are multiples of this: fewer shapes, whose kernels a backend prepares once

const paddedLength = (row: TokenRow): number => Math.ceil((row.ids.length - 1) / lengthUnit) * lengthUnit;

/** Splits a batch into parts of at most `partTokens` padded tokens (one row at least), longest rows first. */
export function partsOf(rows: readonly TokenRow[], partTokens: number): TokenRow[][] {
  const byLength = [...rows].sort((a, b) => b.ids.length - a.ids.length);
  const parts: TokenRow[][] = [];
  for (const row of byLength) {
    const part = parts.at(-1);
    if (part && (part.length + 1) * paddedLength(part[0]!) <= partTokens) part.push(row);
    else parts.push([row]);
  }
  return parts;
}

/** Pads rows at their ends and marks the positions whose next token belongs to a completion. */
export function makeBatch(rows: readonly TokenRow[]): Batch {
  const tokens = Math.max(...rows.map(paddedLength));
  const ids = new Int32Array(rows.length * tokens);
  const targetRows: number[] = [];
  const targetIds: number[] = [];
  rows.forEach((row, sequence) => {
    ids.set(row.ids.slice(0, -1), sequence * tokens);
    for (let next = Math.max(1, row.promptTokens); next < row.ids.length; next++) {
      targetRows.push(sequence * tokens + next - 1);
      targetIds.push(row.ids[next]!);
    }
  });
  return { sequences: rows.length, tokens, ids, targetRows: Int32Array.from(targetRows), targetIds: Int32Array.from(targetIds) };
}
