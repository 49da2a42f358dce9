// A training of a tiny model on a handful of rows, in a folder of its own: what the tests of the trainer start from.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadBackend, type TrainRequest } from "../../kernel-lib/src/lora/index.js";
import { letterTokenizer, temporaryDirectory, writeTinyModel } from "./tiny-model.js";

const words = ["alpha", "beta", "gamma", "delta", "epsilon"];
export const trainingRows = words.map((word, i) => ({ id: `row-${i}`, prompt: `${word}:`, completion: word }));

type Changes = Partial<Omit<TrainRequest, "backend">> & { backend?: string };

export async function trainingRequest({ backend = "cpu", ...changes }: Changes = {}): Promise<TrainRequest> {
  return {
    modelPath: changes.modelPath ?? writeTinyModel("llama"),
    rows: trainingRows,
    directory: join(temporaryDirectory(), "training"),
    backend: await loadBackend({ name: backend }),
    tokenizer: letterTokenizer,
    ...changes,
    options: {
      ...{ rank: 4, batchSize: 2, steps: 12, learningRate: 0.02, partTokens: 16, checkpointSteps: 3, precision: "float32" },
      ...changes.options,
    },
  };
}

export const adapterBytes = (directory: string): Buffer[] =>
  ["adapter.gguf", "adapter/adapter_model.safetensors"].map((name) => readFileSync(join(directory, name)));
