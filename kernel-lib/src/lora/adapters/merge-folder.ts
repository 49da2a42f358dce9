// A new folder for transformers with an adapter in its weights, from a folder that transformers saved: its names, its files.
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, type SafetensorsToWrite, writeSafetensors } from "../../models/index.js";
import { InputError, type OnProgress, readJson, startStage, writeJson } from "../../runtime/index.js";
import { transpose } from "../transformer/transpose.js";
import type { Adapter } from "./adapter.js";
import { weightUpdate } from "./adapter-matrices.js";
import { mergedKey, withMerged } from "./merge-record.js";
import { addInPlace } from "./merged-source.js";

export const folderTypes = ["F32", "F16", "BF16"] as const;
export type FolderType = (typeof folderTypes)[number];

/** As config.json calls them. */
export const torchTypes: Record<FolderType, string> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/** What a folder holds beside weights and config.json that a model needs. */
const companions = [
  "generation_config.json",
  "tokenizer.json",
  "tokenizer.model",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "chat_template.jinja",
  "chat_template.json",
];

/**
 * Writes `base` with the adapter added to `target`, as one model.safetensors; atomically, and without touching `base`.
 * @param type default: what each tensor has.
 * @throws InputError where the adapter is in it already, or tensors are not of float types.
 */
export function mergeFolder(options: {
  base: string;
  adapter: Adapter;
  target: string;
  type?: FolderType | undefined;
  onProgress?: OnProgress | undefined;
}): void {
  const { base, adapter, target, type, onProgress } = options;
  const watch = startStage("merge", onProgress);
  const file = readSafetensors(base);
  try {
    const merged = withMerged(base, file.metadata[mergedKey]?.split(",") ?? [], adapter);
    const bare = adapter.architecture.name === "gpt2" && file.tensors.has("wte.weight"); // GPT-2 without its head's prefix
    const linears = new Map(
      adapter.linears.map((linear) => [`${bare ? linear.path.replace("transformer.", "") : linear.path}.weight`, linear]),
    );
    let done = 0;
    const values = function* (name: string): Generator<Float32Array> {
      const linear = linears.get(name);
      const own = file.readTensor(name);
      if (linear) {
        const update = weightUpdate(adapter, linear);
        addInPlace(own, adapter.architecture.name === "gpt2" ? transpose(update, linear.out, linear.in) : update);
      }
      yield own;
      done++;
      watch.update({ done, total: file.tensors.size, unit: "tensors" });
    };
    const tensors = [...file.tensors.values()].map(({ name, shape, type: own }): SafetensorsToWrite => {
      const written = type ?? folderTypes.find((known) => known === own);
      if (!written) throw new InputError({ got: `${base}: "${name}" has the type ${own}`, allowed: folderTypes.join(", ") });
      return { name, type: written, shape, values: { [Symbol.iterator]: () => values(name) } };
    });
    const metadata = { ...file.metadata, format: "pt", [mergedKey]: merged.join(",") };
    writeSafetensors({ path: join(target, "model.safetensors"), tensors, metadata });
  } finally {
    file.close();
  }
  for (const name of companions) if (existsSync(join(base, name))) copyFileSync(join(base, name), join(target, name));
  const config = readJson(join(base, "config.json")) as Record<string, unknown>;
  const dtype = "torch_dtype" in config ? "torch_dtype" : "dtype";
  writeJson(join(target, "config.json"), { ...config, ...(type && { [dtype]: torchTypes[type] }) });
  watch.finish(target);
}
