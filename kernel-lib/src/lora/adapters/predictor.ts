// A model with or without an adapter that answers one question: what comes next? By the trainer's own transformer.
import { type Backend, loadBackend } from "../backends/backend.js";
import type { Precision } from "../backends/ops.js";
import { openWeightSource } from "../transformer/open-weight-source.js";
import { nextTokenLogProbs } from "../transformer/transformer.js";
import { loadWeights } from "../transformer/weights.js";
import { uploadAdapter } from "./adapter.js";
import { loadAdapter } from "./load-adapter.js";
import { mergedSource } from "./merged-source.js";

export interface PredictorOptions {
  /** A GGUF file, or a folder that transformers saved. */
  modelPath: string;
  /** A PEFT folder or a GGUF LoRA. */
  adapter?: string | undefined;
  /** Adds the adapter to the weights as they are read, instead of beside them. Default false. */
  merged?: boolean | undefined;
  /** Default: `loadBackend()`'s choice. */
  backend?: Backend | undefined;
  /** What products are computed in; default float32. */
  precision?: Precision | undefined;
}

export interface Predictor {
  /**
   * Log-probabilities of the next token after each of some positions of one sequence, [vocabulary] a position.
   * @param positions zero-based; default: the last one.
   */
  logProbs(tokens: readonly number[], positions?: readonly number[]): Promise<Float32Array[]>;
  /** Frees the model. */
  close(): void;
}

/** @throws InputError for a model or an adapter that cannot be read, or a precision that the backend lacks. */
export async function openPredictor({
  modelPath,
  adapter: path,
  merged = false,
  backend,
  precision = "float32",
}: PredictorOptions): Promise<Predictor> {
  const ops = (backend ?? (await loadBackend())).ops(precision);
  const source = openWeightSource(modelPath);
  try {
    const adapter = path === undefined ? undefined : loadAdapter(path, source.architecture);
    const weights = loadWeights(ops, adapter && merged ? mergedSource(source, adapter) : source);
    const adapters = adapter && !merged ? uploadAdapter(ops, adapter) : undefined;
    return {
      logProbs: (tokens, positions) =>
        nextTokenLogProbs({ model: { ops, weights }, tokens, ...(adapters && { adapters }), ...(positions && { positions }) }),
      close: () => ops.dispose([weights, adapters]),
    };
  } finally {
    source.close();
  }
}
