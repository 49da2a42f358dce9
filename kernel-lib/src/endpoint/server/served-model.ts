// What the HTTP routes ask: which model names there are, and the answer to one prompt in the API's words.
import { existsSync } from "node:fs";
import { InputError } from "../../runtime/index.js";
import { ApiError } from "./api-error.js";
import type { Engine } from "./engine.js";
import type { Generation } from "./generation.js";
import type { LoadedModel } from "./loaded-model.js";
import { textOffsets, tokenAt } from "./text-offsets.js";

export interface PromptRequest {
  modelName: string;
  /** Text, or the token ids of one. */
  prompt: string | readonly number[];
  maxTokens: number;
  temperature: number;
  topP?: number;
  topK?: number;
  minP?: number;
  seed?: number;
  stop: readonly string[];
  topLogprobs?: number;
  /** Scores the prompt (with `topLogprobs`) from this character of a text, or this token of a list of ids, on. */
  scorePromptFrom?: number;
  signal: AbortSignal;
  onText?: (delta: string) => void;
}

export interface PromptAnswer extends Generation {
  promptText: string;
  /** Of the prompt. */
  tokens: readonly number[];
}

export interface ServedModel {
  readonly name: string;
  readonly description: string;
  readonly sequences: number;
  readonly engine: Engine;
  readonly model: LoadedModel;
  modelNames(): string[];
  loadAdapter(name: string, path: string): Promise<void>;
  unloadAdapter(name: string): Promise<void>;
  answer(request: PromptRequest): Promise<PromptAnswer>;
}

/** Adapters are named `<base>:<adapter>`; callers may leave the base out when they load one. */
export function createServedModel(options: {
  name: string;
  description: string;
  sequences: number;
  model: LoadedModel;
  engine: Engine;
}): ServedModel {
  const { name, model, engine } = options;
  const adapterPaths = new Map<string, string>();
  const fullName = (adapter: string): string => (adapter.startsWith(`${name}:`) ? adapter : `${name}:${adapter}`);

  function resolveAdapter(modelName: string): string | undefined {
    if (modelName === name) return undefined;
    if (adapterPaths.has(modelName)) return modelName;
    throw new ApiError(
      404,
      `The model \`${modelName}\` does not exist; there are: ${[name, ...adapterPaths.keys()].join(", ")}`,
      {
        param: "model",
        code: "model_not_found",
      },
    );
  }

  function checkLength(promptTokens: number, maxTokens: number): void {
    if (promptTokens === 0) throw new ApiError(400, "The prompt is empty", { param: "prompt" });
    if (promptTokens + maxTokens > model.contextTokens)
      throw new ApiError(
        400,
        `This model's maximum context length is ${model.contextTokens} tokens; the prompt has ${promptTokens} and max_tokens asks for ${maxTokens}`,
        { param: "max_tokens", code: "context_length_exceeded" },
      );
  }

  return {
    ...options,
    modelNames: () => [name, ...adapterPaths.keys()],
    async loadAdapter(adapter, path) {
      const known = adapterPaths.get(fullName(adapter));
      if (known === path) return;
      if (known !== undefined)
        throw new ApiError(400, `The adapter ${fullName(adapter)} is already loaded from ${known}`, { param: "lora_name" });
      if (!existsSync(path)) throw new ApiError(400, `There is no file ${path}`, { param: "lora_path" });
      await engine.loadAdapter(fullName(adapter), path).catch((error: unknown) => {
        throw new ApiError(400, `${path} is no GGUF LoRA adapter of ${name}: ${(error as Error).message}`, {
          param: "lora_path",
        });
      });
      adapterPaths.set(fullName(adapter), path);
    },
    async unloadAdapter(adapter) {
      if (!adapterPaths.delete(fullName(adapter)))
        throw new ApiError(404, `The adapter ${fullName(adapter)} is not loaded`, {
          param: "lora_name",
          code: "model_not_found",
        });
      await engine.unloadAdapter(fullName(adapter));
    },
    async answer({ modelName, prompt, scorePromptFrom, ...rest }) {
      const adapter = resolveAdapter(modelName);
      const tokens = typeof prompt === "string" ? model.tokenize(prompt) : prompt;
      const from =
        scorePromptFrom !== undefined && typeof prompt === "string"
          ? tokenAt(textOffsets(prompt, tokens, model), scorePromptFrom)
          : scorePromptFrom;
      const unknown = tokens.find((token) => token >= model.vocabularySize);
      if (unknown !== undefined)
        throw new ApiError(400, `There is no token ${unknown}: the vocabulary has ${model.vocabularySize}`, { param: "prompt" });
      checkLength(tokens.length, rest.maxTokens);
      try {
        const generation = await engine.generate({
          ...rest,
          tokens,
          ...(adapter !== undefined && { adapter }),
          ...(from !== undefined && { scorePromptFrom: from }),
        });
        const promptText = typeof prompt === "string" ? prompt : model.detokenize(prompt);
        return { ...generation, promptText, tokens };
      } catch (error) {
        if (error instanceof InputError) throw new ApiError(400, error.message);
        throw error;
      }
    },
  };
}
