// The tokens that both sides train on: random numbers of the vocabulary, the same in every run. Speed does not depend on what they say.
import { readGguf } from "../models/index.js";
import { deriveRandom } from "../runtime/index.js";
import type { Configuration } from "./configuration.js";
import type { StepRequest } from "./step-protocol.js";

/** Vocabulary size of a GGUF model. */
export function vocabularyOf(modelPath: string): number {
  const file = readGguf(modelPath);
  try {
    return file.tensor("token_embd.weight").shape[0]!;
  } finally {
    file.close();
  }
}

/** Sequences of tokens + 1 ids, so that each of `tokens` positions has a next token; the last `targetShare` of them are targets. */
export function benchRows(
  { sequences, tokens, targetShare }: Pick<Configuration, "sequences" | "tokens" | "targetShare">,
  vocabulary: number,
): StepRequest["rows"] {
  return Array.from({ length: sequences }, (_, sequence) => {
    const random = deriveRandom("bench", "tokens", sequence);
    return {
      id: `sequence ${sequence}`,
      ids: Array.from({ length: tokens + 1 }, () => random.integer(vocabulary)),
      promptTokens: tokens + 1 - Math.round(tokens * targetShare),
    };
  });
}
