// Adapters as PEFT keeps them: adapter_model.safetensors beside adapter_config.json.
import { join } from "node:path";
import { z } from "zod";
import { InputError, readJson, writeJson } from "../../runtime/index.js";
import { type FloatTensor, readSafetensors, writeSafetensors } from "../safetensors.js";
import type { Architecture } from "../transformer/architecture.js";
import { allLinears, type LinearName, linearNames } from "../transformer/linears.js";
import { type AdaptedLinear, type Adapter, emptyAdapter } from "./adapter.js";
import { readMatrices, writeMatrices } from "./adapter-matrices.js";

const weightsFile = "adapter_model.safetensors";
const configFile = "adapter_config.json";

const tensorNames = (architecture: Architecture, { layer, name }: AdaptedLinear): { a: string; b: string } => {
  const { peft } = allLinears(architecture).find((linear) => linear.name === name)!;
  const layers = architecture.name === "gpt2" ? "transformer.h" : "model.layers";
  const path = `base_model.model.${layers}.${layer}.${peft}`;
  return { a: `${path}.lora_A.weight`, b: `${path}.lora_B.weight` };
};

/** Writes an adapter folder that `PeftModel.from_pretrained` loads; `baseModel` is recorded as what it belongs to. */
export function savePeftAdapter(directory: string, adapter: Adapter, baseModel: string): void {
  const { architecture, linears } = adapter;
  const tensors = new Map<string, FloatTensor>();
  for (const linear of linears) {
    const { a, b } = tensorNames(architecture, linear);
    const matrices = readMatrices(adapter, linear);
    tensors.set(a, { shape: [linear.rank, linear.in], values: matrices.a });
    tensors.set(b, { shape: [linear.out, linear.rank], values: matrices.b });
  }
  const names = allLinears(architecture).map(({ name }) => name);
  writeSafetensors(join(directory, weightsFile), { tensors, metadata: { format: "pt" } });
  writeJson(join(directory, configFile), {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: baseModel,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    target_modules: adapter.targets === "all-linear" ? names : adapter.targets,
    rank_pattern: adapter.rankPattern ?? {},
    alpha_pattern: adapter.alphaPattern ?? {},
    layers_to_transform: adapter.layers ?? null,
    bias: "none",
    fan_in_fan_out: architecture.name === "gpt2",
    inference_mode: true,
    use_rslora: adapter.rsLora ?? false,
    use_dora: false,
    modules_to_save: null,
  });
}

const configSchema = z.looseObject({
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  target_modules: z.array(z.enum(linearNames as [LinearName, ...LinearName[]])),
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
  const values = (name: string, shape: readonly number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (tensor && tensor.shape.join() === shape.join()) return tensor.values;
    throw new InputError({
      got: `${directory}: ${name} is ${tensor ? `[${tensor.shape}]` : "missing"}`,
      allowed: `[${shape}] for this base model`,
      todo: "use the adapter with the model it was trained on",
    });
  };
  for (const linear of adapter.linears) {
    const { a, b } = tensorNames(architecture, linear);
    writeMatrices(adapter, linear, {
      a: values(a, [linear.rank, linear.in]),
      b: values(b, [linear.out, linear.rank]),
    });
  }
  return adapter;
}
