// Adapters as PEFT keeps them: adapter_model.safetensors beside adapter_config.json.
import { join } from "node:path";
import { z } from "zod";
import { InputError, readJson, writeJson } from "../../runtime/index.js";
import { readSafetensors, writeSafetensors } from "../safetensors.js";
import type { Architecture } from "../transformer/architecture.js";
import { linearNames, linears } from "../transformer/linears.js";
import { type Adapter, type AdapterMatrix, emptyAdapter } from "./adapter.js";

const weightsFile = "adapter_model.safetensors";
const configFile = "adapter_config.json";

const tensorName = ({ layer, name, kind }: AdapterMatrix): string =>
  `base_model.model.model.layers.${layer}.${linears[name].peft}.lora_${kind}.weight`;

/** Writes an adapter folder that `PeftModel.from_pretrained` loads; `baseModel` is recorded as what it belongs to. */
export function savePeftAdapter(directory: string, adapter: Adapter, baseModel: string): void {
  const tensors = new Map(
    adapter.matrices.map((matrix) => {
      const { offset, rows, columns } = matrix;
      return [
        tensorName(matrix),
        { shape: [rows, columns], values: adapter.parameters.subarray(offset, offset + rows * columns) },
      ];
    }),
  );
  writeSafetensors(join(directory, weightsFile), { tensors, metadata: { format: "pt" } });
  writeJson(join(directory, configFile), {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: baseModel,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    target_modules: adapter.targets,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    use_rslora: false,
    use_dora: false,
    modules_to_save: null,
  });
}

const configSchema = z.looseObject({
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  target_modules: z.array(z.enum(linearNames)),
  bias: z.literal("none").default("none"),
  use_rslora: z.literal(false).default(false),
  use_dora: z.literal(false).default(false),
});

/**
 * Reads an adapter folder, made here or by PEFT.
 * @throws InputError where it is not plain LoRA on linear maps we know, or does not fit the model.
 */
export function loadPeftAdapter(directory: string, architecture: Architecture): Adapter {
  const parsed = configSchema.safeParse(readJson(join(directory, configFile)));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError({
      got: `${join(directory, configFile)}: ${issue.path.join(".")}: ${issue.message}`,
      allowed: "plain LoRA on linear maps",
    });
  }
  const { r, lora_alpha, target_modules } = parsed.data;
  const adapter = emptyAdapter(architecture, { rank: r, alpha: lora_alpha, targets: target_modules });
  const { tensors } = readSafetensors(join(directory, weightsFile));
  for (const matrix of adapter.matrices) {
    const tensor = tensors.get(tensorName(matrix));
    const shape = [matrix.rows, matrix.columns];
    if (!tensor || tensor.shape.join() !== shape.join())
      throw new InputError({
        got: `${directory}: ${tensorName(matrix)} is ${tensor ? `[${tensor.shape}]` : "missing"}`,
        allowed: `[${shape}] for this base model`,
        todo: "use the adapter with the model it was trained on",
      });
    adapter.parameters.set(tensor.values, matrix.offset);
  }
  return adapter;
}
