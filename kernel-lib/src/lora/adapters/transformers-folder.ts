// A model that lies in a GGUF file, as a folder that transformers loads: config.json and model.safetensors. The tokenizer stays with
// the file: transformers takes it from the original model.
import { join } from "node:path";
import { readGguf, type SafetensorsToWrite, writeSafetensors } from "../../models/index.js";
import { type OnProgress, startStage, writeJson } from "../../runtime/index.js";
import { openGgufSource } from "../transformer/gguf-source.js";
import { modelTensors } from "../transformer/tensor-names.js";
import { transpose } from "../transformer/transpose.js";
import type { Adapter } from "./adapter.js";
import { type FolderType, torchTypes } from "./merge-folder.js";
import { mergedKey, withMerged } from "./merge-record.js";
import { mergedSource } from "./merged-source.js";
import { transformersConfig } from "./transformers-config.js";

/**
 * Writes the model of the GGUF file `base`, with an adapter added or as it is, to the folder `target`.
 * @throws InputError where the adapter is in it already, or config.json cannot state what the model computes.
 */
export function writeTransformersFolder(options: {
  base: string;
  adapter?: Adapter | undefined;
  target: string;
  /** Default F32: nothing is rounded. */
  type?: FolderType | undefined;
  onProgress?: OnProgress | undefined;
}): void {
  const { base, adapter, target, type = "F32", onProgress } = options;
  const watch = startStage(adapter ? "merge" : "model for transformers", onProgress);
  const header = readGguf(base);
  const before = (header.metadata.get(mergedKey)?.data ?? []) as string[];
  const token = (key: string): number | undefined => header.metadata.get(`tokenizer.ggml.${key}`)?.data as number | undefined;
  const [bos, eos] = [token("bos_token_id"), token("eos_token_id")];
  header.close();
  const merged = adapter ? withMerged(base, before, adapter) : before;
  const plain = openGgufSource(base);
  try {
    const source = adapter ? mergedSource(plain, adapter) : plain;
    const { architecture } = source;
    const tied = !source.has("output.weight");
    const config = transformersConfig({ architecture, tied, dtype: torchTypes[type], bos, eos });
    const names = modelTensors(architecture);
    if (!tied) names.set("output.weight", "lm_head.weight");
    const isTransposed = (name: string): boolean =>
      architecture.name === "gpt2" && /\.(attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/.test(name);
    const isShifted = (name: string): boolean => architecture.name === "gemma3" && /norm\.weight$/.test(name);
    let done = 0;
    const values = function* (name: string): Generator<Float32Array> {
      const own = source.read(name);
      const [rows, columns] = source.shape(name) as [number, number];
      if (isTransposed(name)) yield transpose(own, rows, columns);
      else yield isShifted(name) ? own.map((value) => value - 1) : own; // transformers multiplies by 1 + weight
      done++;
      watch.update({ done, total: names.size, unit: "tensors" });
    };
    const tensors = [...names].map(([name, theirs]): SafetensorsToWrite => {
      const shape = source.shape(name);
      return {
        name: theirs,
        type,
        shape: isTransposed(name) ? [...shape].reverse() : shape,
        values: { [Symbol.iterator]: () => values(name) },
      };
    });
    const metadata = { format: "pt", ...(merged.length > 0 && { [mergedKey]: merged.join(",") }) };
    writeSafetensors({ path: join(target, "model.safetensors"), tensors, metadata });
    writeJson(join(target, "config.json"), config);
    watch.finish(target);
  } finally {
    plain.close();
  }
}
