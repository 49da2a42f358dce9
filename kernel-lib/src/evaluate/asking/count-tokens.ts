// How long a prompt is, in the tokens of whoever reads it.
import type { Tokenizer } from "../../models/index.js";
import { sha256 } from "../../runtime/index.js";

/** The tokens of a whole prompt, with what the server puts in front of it. */
export type CountTokens = (prompt: string) => number;

/** A cautious estimate where no tokenizer is at hand: biomedical text has three to four characters a token. */
export const estimateTokens: CountTokens = (prompt) => Math.ceil(prompt.length / 3);

/**
 * Counts as the embedded server reads a prompt: names of special tokens are those tokens, BOS stands in front where the model wants it. The
 * prompts of a task are the same for every system, so each is counted once.
 */
export function tokenCounter(tokenizer: Pick<Tokenizer, "encode" | "bos" | "addBos">): CountTokens {
  const start = tokenizer.addBos && tokenizer.bos !== undefined ? 1 : 0;
  const counted = new Map<string, number>();
  return (prompt) => {
    const key = sha256(prompt);
    const known = counted.get(key);
    if (known !== undefined) return known;
    const count = start + tokenizer.encode(prompt, { special: true }).length;
    counted.set(key, count);
    return count;
  };
}
