// Training rows as tokens, and sequences of them as the batch that the transformer computes.
import type { Tokenizer } from "../../models/index.js";
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
  /** Tokens that are read and not trained: BOS and prompt; 0 where the whole text is trained. */
  promptTokens: number;
}

/** Rows one after the other in one sequence that do not see each other; a row alone is a sequence too. */
export type Sequence = TokenRow | readonly TokenRow[];

export type RowTokenizer = Pick<Tokenizer, "encode" | "bos" | "eos" | "addBos">;

/** What is trained: the completion and its end token, or every token after the first. */
export type LossTarget = "completion" | "full";

/** BOS where the model wants one, prompt, completion, EOS. Prompt and completion are encoded apart, as inference sees the prompt. */
export function tokenizeRow(
  tokenizer: RowTokenizer,
  { id, prompt, completion }: TrainingRow,
  loss: LossTarget = "completion",
): TokenRow {
  const start = tokenizer.addBos && tokenizer.bos !== undefined ? [tokenizer.bos] : [];
  const head = [...start, ...tokenizer.encode(prompt)];
  const ids = [...head, ...tokenizer.encode(completion), ...tokenizer.eos.slice(0, 1)];
  return { id, ids, promptTokens: loss === "full" ? 0 : head.length };
}

/** Positions that a row takes: its last token is only predicted. */
export const positionsOf = ({ ids }: TokenRow): number => ids.length - 1;

const lengthUnit = 16; // padded lengths are multiples of this: fewer shapes, whose kernels a backend prepares once

export const paddedLength = (positions: number): number => Math.ceil(positions / lengthUnit) * lengthUnit;

const rowsIn = (sequence: Sequence): readonly TokenRow[] => ("ids" in sequence ? [sequence] : sequence);

/** Pads sequences at their ends and marks the positions whose next token is trained. */
export function makeBatch(sequences: readonly Sequence[]): Batch {
  const packed = sequences.map(rowsIn);
  const used = packed.map((rows) => rows.reduce((sum, row) => sum + positionsOf(row), 0));
  const tokens = paddedLength(Math.max(...used));
  const ids = new Int32Array(packed.length * tokens);
  // Padding is a text of one position each: it costs least, and positions stay within what the longest text needs.
  const textStarts = Int32Array.from({ length: packed.length * tokens }, (_, row) => row % tokens);
  const targetRows: number[] = [];
  const targetIds: number[] = [];
  packed.forEach((rows, sequence) => {
    let start = 0;
    for (const row of rows) {
      const first = sequence * tokens + start;
      ids.set(row.ids.slice(0, -1), first);
      textStarts.fill(start, first, first + positionsOf(row));
      for (let next = Math.max(1, row.promptTokens); next < row.ids.length; next++) {
        targetRows.push(first + next - 1);
        targetIds.push(row.ids[next]!);
      }
      start += positionsOf(row);
    }
  });
  return {
    ...{ sequences: packed.length, tokens, ids },
    ...{ targetRows: Int32Array.from(targetRows), targetIds: Int32Array.from(targetIds) },
    ...(packed.some((rows) => rows.length > 1) && { textStarts }),
  };
}
