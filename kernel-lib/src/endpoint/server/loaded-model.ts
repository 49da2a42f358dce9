// A GGUF file in memory with one context over it: text to tokens, tokens to text, the chat template, and the native handles.
import { availableParallelism } from "node:os";
import type { Llama, LlamaModel, Token } from "node-llama-cpp";
import { InputError, RunError } from "../../runtime/index.js";
import { type NativeHandles, openNative } from "./native-context.js";
import { promptBatch } from "./prompt-batches.js";

export interface LoadedModel {
  readonly native: NativeHandles;
  /** Tokens a sequence can hold, prompt and answer together. */
  readonly contextTokens: number;
  readonly vocabularySize: number;
  readonly cores: number;
  /** Any tokens, for measuring speed. */
  readonly probeTokens: readonly number[];
  /** With the model's begin-of-text token in front where the model wants one. Special tokens written in the text count as such. */
  tokenize(text: string, options?: { beginOfText: boolean }): number[];
  /** Special tokens have no text. */
  detokenize(tokens: readonly number[]): string;
  /** One token as the API names it; a piece of a character is written as the vocabulary writes it. */
  tokenName(token: number): string;
  isEndOfText(token: number): boolean;
  /** The texts of the model's special tokens; null where it has none. */
  readonly beginOfText: string | null;
  readonly endOfText: string | null;
  readonly chatTemplate: string | undefined;
  /** Undefined when the file has no chat template. */
  renderChat: ((messages: readonly { role: string; content: string }[]) => string) | undefined;
}

export interface ModelSettings {
  modelPath: string;
  contextTokens: number;
  /** Sequences in all, the one for measuring included. */
  sequences: number;
}

/** node-llama-cpp brands its token ids. */
const branded = (tokens: readonly number[]): Token[] => tokens as Token[];

async function load(llama: Llama, modelPath: string): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath, defaultContextSwaFullCache: true });
  } catch (error) {
    throw new InputError(
      {
        got: `${modelPath} cannot be loaded: ${(error as Error).message}`,
        allowed: "a whole GGUF file of an architecture that llama.cpp knows",
        todo: "check it with `selfspec models list`, or pull it again",
      },
      { cause: error },
    );
  }
}

/** @throws InputError when the file is no model, RunError when there is not enough memory for the context. */
export async function loadModel({ modelPath, contextTokens, sequences }: ModelSettings): Promise<LoadedModel> {
  // Imported here: the package awaits at its top level, which would keep notebook kernels from requiring kernel-lib.
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const llama = await getLlama({ gpu: "auto", build: "never", maxThreads: 0, logLevel: LlamaLogLevel.error });
  const model = await load(llama, modelPath);
  const size = Math.min(contextTokens, model.trainContextSize);
  const context = await model
    .createContext({ sequences, contextSize: size, batchSize: promptBatch, flashAttention: false, swaFullCache: true })
    .catch((error: unknown) => {
      throw new RunError(
        {
          got: `no context of ${sequences} sequences of ${size} tokens could be made: ${(error as Error).message}`,
          todo: "ask for fewer sequences or tokens",
        },
        { cause: error },
      );
    });
  const native = openNative({ llama, model, context });
  const { bos, shouldPrependBosToken, bosString, eosString } = model.tokens;
  const tokenize: LoadedModel["tokenize"] = (text, { beginOfText } = { beginOfText: true }) => {
    const tokens: number[] = model.tokenize(text, true);
    return beginOfText && shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens;
  };
  const template = model.fileInfo.metadata.tokenizer?.chat_template;
  const probe = tokenize("The cell, the market, the river and the letter were measured twice. ".repeat(4));
  return {
    native,
    contextTokens: size,
    vocabularySize: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
    cores: availableParallelism(),
    probeTokens: probe.slice(0, 48),
    tokenize,
    detokenize: (tokens) => model.detokenize(branded(tokens)),
    tokenName: (token) => {
      const text = model.detokenize(branded([token]), true);
      return text.includes("\uFFFD") ? native.tokenString(token) : text;
    },
    isEndOfText: (token) => model.isEogToken(token as Token),
    beginOfText: bosString,
    endOfText: eosString,
    chatTemplate: template,
    renderChat:
      template === undefined
        ? undefined
        : (messages) =>
            native.renderTemplate(template, {
              messages,
              add_generation_prompt: true,
              bos_token: bosString ?? "",
              eos_token: eosString ?? "",
            }),
  };
}
