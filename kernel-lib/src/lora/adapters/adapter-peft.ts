// Adapters as PEFT keeps them: adapter_model.safetensors beside adapter_config.json.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, type SafetensorsToWrite, writeSafetensors } from "../../models/index.js";
import { InputError, writeJson } from "../../runtime/index.js";
import type { Architecture } from "../transformer/architecture.js";
import { type AdaptedLinear, type Adapter, emptyAdapter } from "./adapter.js";
import { readMatrices, writeMatrices } from "./adapter-matrices.js";
import { peftConfig, readPeftConfig } from "./peft-config.js";

const weightsFile = "adapter_model.safetensors";
const configFile = "adapter_config.json";

const tensorName = (path: string, kind: "A" | "B"): string => `base_model.model.${path}.lora_${kind}.weight`;

/** Writes an adapter folder that `PeftModel.from_pretrained` loads; `baseModel` is recorded as what it belongs to. */
export function savePeftAdapter(directory: string, adapter: Adapter, baseModel: string): void {
  const tensors = adapter.linears.flatMap((linear): SafetensorsToWrite[] => {
    const { path, rank, in: width, out } = linear;
    const { a, b } = readMatrices(adapter, linear);
    return [
      { name: tensorName(path, "A"), type: "F32", shape: [rank, width], values: a },
      { name: tensorName(path, "B"), type: "F32", shape: [out, rank], values: b },
    ];
  });
  writeSafetensors({ path: join(directory, weightsFile), tensors, metadata: { format: "pt" } });
  writeJson(join(directory, configFile), peftConfig(adapter, baseModel));
}

/** What a tensor that is no A or B of our linear maps belongs to. */
const strangers: [RegExp, string][] = [
  [/lora_magnitude_vector/, "DoRA"],
  [/lora_embedding_/, "LoRA on embeddings"],
  [/lora_B.*\.bias$/, "biases of B"],
  [/\.experts?\b/, "LoRA on experts (MoE)"],
  [/modules_to_save/, "whole modules beside the LoRA matrices"],
];

/** "…q_proj.lora_A.default.weight" (PEFT's name in memory) means "…q_proj.lora_A.weight"; a bare base model has no "model." in front. */
function plainName(name: string, architecture: Architecture): string {
  const stack = architecture.name === "gpt2" ? "transformer.h." : "model.layers.";
  return name
    .replace(/(\.lora_[AB])\.[^.]+\.weight$/, "$1.weight")
    .replace(/^base_model\.model\.(layers|h)\./, `base_model.model.${stack}`);
}

/** Whether a path holds an adapter as PEFT writes it. */
export const isPeftAdapter = (path: string): boolean => existsSync(join(path, configFile));

/**
 * Reads an adapter folder, made here or by PEFT; tensors of float32, float16 or bfloat16.
 * @throws InputError where it is not plain LoRA on linear maps of the layers, or does not fit the model.
 */
export function loadPeftAdapter(directory: string, architecture: Architecture): Adapter {
  const config = join(directory, configFile);
  const settings = readPeftConfig(config, architecture);
  const weights = join(directory, weightsFile);
  if (!existsSync(weights) && existsSync(join(directory, "adapter_model.bin")))
    throw new InputError({ got: `${directory} holds adapter_model.bin`, allowed: weightsFile, todo: "save it as safetensors" });
  const file = readSafetensors(weights);
  try {
    const byName = new Map([...file.tensors.keys()].map((name) => [plainName(name, architecture), name]));
    for (const name of byName.keys()) {
      const variant = strangers.find(([form]) => form.test(name))?.[1];
      if (variant) throw new InputError({ got: `${directory}: ${variant} ("${name}")`, allowed: "plain LoRA on linear maps" });
    }
    if (settings.targets.length === 0)
      throw new InputError({
        got: `${config}: target_modules without a linear map of this ${architecture.name} model`,
        todo: "use the adapter with the model it was trained on",
      });
    const adapter = emptyAdapter(architecture, settings);
    const take = ({ path }: AdaptedLinear, kind: "A" | "B", shape: readonly number[]): Float32Array => {
      const name = tensorName(path, kind);
      const own = byName.get(name);
      const found = own === undefined ? undefined : file.tensor(own).shape;
      if (own === undefined || found?.join() !== shape.join())
        throw new InputError({
          got: `${directory}: ${name} is ${found ? `[${found}]` : "missing"}`,
          allowed: `[${shape}] for this base model`,
          todo: "use the adapter with the model it was trained on",
        });
      byName.delete(name);
      return file.readTensor(own);
    };
    for (const linear of adapter.linears) {
      const { rank, in: width, out } = linear;
      writeMatrices(adapter, linear, { a: take(linear, "A", [rank, width]), b: take(linear, "B", [out, rank]) });
    }
    const [left] = byName.keys();
    if (left !== undefined)
      throw new InputError({
        got: `${directory}: "${left}" adapts what its configuration or this ${architecture.name} model has not`,
        allowed: "linear maps of the layers",
        todo: "use the adapter with the model it was trained on",
      });
    return adapter;
  } finally {
    file.close();
  }
}
