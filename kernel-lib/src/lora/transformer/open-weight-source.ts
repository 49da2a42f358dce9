// Whatever a user calls a model's weights: a GGUF file, or a folder that transformers saved.
import { isSafetensors } from "../../models/index.js";
import { openGgufSource } from "./gguf-source.js";
import { openSafetensorsSource } from "./safetensors-source.js";
import type { WeightSource } from "./weight-source.js";

/**
 * Opens the weights of a model; the caller closes them.
 * @param path a GGUF file, or a folder with config.json and model.safetensors or its shards.
 * @throws InputError for files that are damaged or incomplete, and for models that the transformer does not compute.
 */
export const openWeightSource = (path: string): WeightSource =>
  isSafetensors(path) ? openSafetensorsSource(path) : openGgufSource(path);
