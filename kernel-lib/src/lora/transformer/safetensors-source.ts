// Weights from a folder that transformers saved: config.json beside model.safetensors or its shards.
import { readModelConfig, readSafetensors } from "../../models/index.js";
import { InputError } from "../../runtime/index.js";
import { configArchitecture } from "./config-architecture.js";
import { checkTensors, modelTensors } from "./tensor-names.js";
import { transpose } from "./transpose.js";
import type { WeightSource } from "./weight-source.js";

// Buffers that older versions saved: causal masks, rotary tables; and a head that repeats the embedding.
const buffers = /\.attn\.(masked_)?bias$|\.rotary_emb\.inv_freq$/;
const head = "lm_head.weight";

/**
 * @param folder holds config.json and the weights.
 * @throws InputError for a damaged or incomplete folder, and for models that the transformer does not compute.
 */
export function openSafetensorsSource(folder: string): WeightSource {
  const config = readModelConfig(folder);
  const architecture = configArchitecture(config);
  const file = readSafetensors(folder);
  try {
    const gpt2 = architecture.name === "gpt2";
    const names = modelTensors(architecture, file.tensors.has("wte.weight") ? "" : undefined);
    if (!config.tied) names.set("output.weight", head);
    checkTensors({
      ...{ path: folder, architecture },
      names: file.tensors.keys(),
      expected: names.values(),
      ignored: config.tied ? new RegExp(`${buffers.source}|^${head.replace(".", "\\.")}$`) : buffers,
    });
    const nameOf = (name: string): string => {
      const theirs = names.get(name);
      if (!theirs)
        throw new InputError({ got: `${folder} has no tensor for "${name}"`, todo: "check that it holds the whole model" });
      return theirs;
    };
    const embedding = file.tensor(nameOf("token_embd.weight")).shape;
    if (embedding.join() !== [config.vocabulary, config.hidden].join())
      throw new InputError({
        got: `${folder}: an embedding of [${embedding}]`,
        allowed: `[${config.vocabulary}, ${config.hidden}], as config.json says`,
      });
    // GPT-2's maps are saved [in, out] (transformers' Conv1D).
    const isTransposed = (name: string): boolean =>
      gpt2 && /^blk\.\d+\.(attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/.test(name);
    // Gemma's norms multiply by 1 + weight.
    const isShifted = (name: string): boolean => architecture.name === "gemma3" && /norm\.weight$/.test(name);
    const shape = (name: string): readonly number[] => {
      const own = file.tensor(nameOf(name)).shape;
      return isTransposed(name) ? [...own].reverse() : own;
    };
    return {
      path: folder,
      architecture,
      has: (name) => names.has(name),
      shape,
      read(name) {
        const values = file.readTensor(nameOf(name));
        const [rows, columns] = shape(name) as [number, number];
        if (isTransposed(name)) return transpose(values, columns, rows);
        return isShifted(name) ? values.map((value) => value + 1) : values;
      },
      stored: () => undefined,
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}
