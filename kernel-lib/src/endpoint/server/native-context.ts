// The typed door to llama.cpp's own calls. node-llama-cpp's public classes decide alone how tokens are cut into batches, and with that
// cut the last bits of the logits change; the engine decides it itself, so it speaks to the addon underneath (3.22, checked on opening).
import type { Llama, LlamaContext, LlamaModel } from "node-llama-cpp";
import { RunError } from "../../runtime/index.js";

export interface SamplerConfig {
  temperature: number;
  topP?: number;
  topK?: number;
  minP?: number;
  seed?: number;
}

export interface NativeSampler {
  applyConfig(config: SamplerConfig): void;
  dispose(): void;
}

export interface NativeLora {
  dispose(): Promise<void>;
}

/** Which raw logits to return: [these tokens, the largest, the smallest, the sampled one, the n largest]. */
type LogitFilter = [tokens: number[], largest: boolean, smallest: boolean, sampled: boolean, top: number];

export interface NativeContext {
  initBatch(size: number): void;
  /** Returns the batch positions whose logits were asked for. */
  addToBatch(sequence: number, position: number, tokens: Uint32Array, logitIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(batchIndex: number, sampler: NativeSampler): Promise<number>;
  /** The last field is the sum of exp(logit - largest logit) over the whole vocabulary. */
  sampleToken(
    batchIndex: number,
    sampler: NativeSampler,
    probabilities: false,
    confidence: false,
    logits: LogitFilter,
    totalWeight: true,
  ): Promise<[token: number, probabilities: undefined, confidence: undefined, logits: number[], totalWeight: number]>;
  /** Forgets the cells from `start` to the end (-1); false where the memory cannot. */
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  /** Copies the whole memory of one sequence over another. */
  copySequenceStateFromOtherSequence(target: number, source: number): Promise<number>;
  setThreads(threads: number): void;
  setLoras(loras: NativeLora[], scales: number[]): void;
}

interface NativeBindings {
  AddonSampler: new (model: object) => NativeSampler;
  AddonModelLora: new (model: object, path: string) => NativeLora;
  AddonJinjaRenderer: new (template: string) => { render(items: Record<string, unknown>): string };
}

interface NativeModel {
  getTokenString(token: number): string;
  loadLora(lora: NativeLora): Promise<void>;
}

export interface NativeHandles {
  context: NativeContext;
  createSampler(config: SamplerConfig): NativeSampler;
  loadLora(path: string): Promise<NativeLora>;
  renderTemplate(template: string, items: Record<string, unknown>): string;
  /** A token as the vocabulary writes it. */
  tokenString(token: number): string;
}

/** @throws RunError when another version of node-llama-cpp is installed whose insides differ. */
export function openNative({ llama, model, context }: { llama: Llama; model: LlamaModel; context: LlamaContext }): NativeHandles {
  const { _ctx } = context as unknown as { _ctx?: NativeContext };
  const { _bindings } = llama as unknown as { _bindings?: NativeBindings };
  const { _model } = model as unknown as { _model?: NativeModel };
  const calls = [
    "initBatch",
    "addToBatch",
    "decodeBatch",
    "sampleToken",
    "copySequenceStateFromOtherSequence",
    "setLoras",
  ] as const;
  if (
    !_bindings?.AddonSampler ||
    !_bindings.AddonModelLora ||
    !_model ||
    calls.some((name) => typeof _ctx?.[name] !== "function")
  )
    throw new RunError({
      got: "an installed node-llama-cpp without the native calls that the server needs",
      allowed: "the version in package-lock.json",
      todo: "run `npm ci`",
    });
  return {
    context: _ctx!,
    createSampler: (config) => {
      const sampler = new _bindings.AddonSampler(_model);
      sampler.applyConfig(config);
      return sampler;
    },
    loadLora: async (path) => {
      const lora = new _bindings.AddonModelLora(_model, path);
      await _model.loadLora(lora);
      return lora;
    },
    tokenString: (token) => _model.getTokenString(token),
    renderTemplate: (template, items) => new _bindings.AddonJinjaRenderer(template).render(items),
  };
}
