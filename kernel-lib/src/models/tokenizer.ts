// Tokens exactly as the model's own programs make them: by llama.cpp from the tokenizer inside a GGUF file, loaded without the
// weights; from tokenizer.json in a folder that transformers saved.
import { statSync } from "node:fs";
import type { Token } from "node-llama-cpp";
import { InputError } from "../runtime/index.js";
import { readGguf } from "./gguf-file.js";
import { loadTokenizerJson } from "./tokenizer-json.js";

export interface Tokenizer {
  /** Token ids of a text, without BOS. With `special`, the names of control tokens become those tokens; default false. */
  encode(text: string, options?: { special?: boolean }): number[];
  /** The text of token ids; control tokens are left out unless `special`. */
  decode(ids: readonly number[], options?: { special?: boolean }): string;
  /** The beginning-of-sequence token; absent where the model has none. */
  readonly bos?: number;
  /** Every token that ends a text: end of sequence, and end of turn where the model has one. */
  readonly eos: readonly number[];
  /** Whether the model was trained with BOS before every text; whoever builds a sequence puts it there. */
  readonly addBos: boolean;
  readonly vocabularySize: number;
  /** Frees what it holds natively. */
  dispose(): Promise<void>;
}

/**
 * Loads the tokenizer of a GGUF file or of a model folder.
 * @throws InputError for a file that is not readable GGUF, or a file or folder without a tokenizer.
 */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return loadTokenizerJson(path);
  const file = readGguf(path);
  const tokens = file.metadata.get("tokenizer.ggml.tokens");
  const eosId = file.number("tokenizer.ggml.eos_token_id", -1);
  file.close();
  if (!tokens)
    throw new InputError({
      got: `${path} holds no tokenizer`,
      todo: "choose a whole model, not an adapter or a vocabulary-free file",
    });
  // Imported here because it is an ES module with top-level await, and the notebook kernel require()s this library.
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const llama = await getLlama({ build: "never", gpu: false, logLevel: LlamaLogLevel.error, progressLogs: false });
  const model = await llama.loadModel({ modelPath: path, vocabOnly: true });
  const { bos, eos, eot, shouldPrependBosToken } = model.tokens;
  const ends = [eos, eot, eosId >= 0 ? (eosId as Token) : null].filter((id) => id !== null);
  return {
    encode: (text, options) => (text === "" ? [] : [...model.tokenize(text, options?.special ?? false)]),
    decode: (ids, options) => model.detokenize(ids as readonly Token[], options?.special ?? false),
    ...(bos !== null && { bos }),
    eos: [...new Set<number>(ends)],
    addBos: shouldPrependBosToken,
    vocabularySize: (tokens.data as unknown[]).length,
    async dispose() {
      await model.dispose();
      await llama.dispose();
    },
  };
}
