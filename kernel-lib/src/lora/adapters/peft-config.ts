// adapter_config.json, as PEFT 0.21 writes it: plain LoRA becomes our settings; every variant that computes something else is refused
// by name, as an adapter that is nearly right would be worse than none.
import { z } from "zod";
import { InputError, readJson } from "../../runtime/index.js";
import type { Architecture } from "../transformer/architecture.js";
import { linearModules } from "./adapted-modules.js";
import type { Adapter } from "./adapter.js";
import { type AdapterSettings, nameMatches, patternMatches } from "./adapter-settings.js";

const names = z.union([z.string(), z.array(z.string())]);
const pattern = z.record(z.string(), z.number()).nullish();

const schema = z.looseObject({
  peft_type: z.literal("LORA").default("LORA"),
  r: z.number().int().positive(),
  lora_alpha: z.number().positive(),
  target_modules: names,
  exclude_modules: names.nullish(),
  rank_pattern: pattern,
  alpha_pattern: pattern,
  use_rslora: z.boolean().default(false),
  layers_to_transform: z.union([z.number().int(), z.array(z.number().int())]).nullish(),
});

type Fields = z.infer<typeof schema>;

/** Fields that make it more than plain LoRA where they are set to anything. */
const variants: Record<string, string> = {
  use_dora: "DoRA",
  modules_to_save: "whole modules beside the LoRA matrices",
  lora_bias: "biases of B",
  target_parameters: "LoRA on parameters of experts (MoE)",
  trainable_token_indices: "trained token embeddings",
  alora_invocation_tokens: "activated LoRA",
  use_qalora: "QA-LoRA",
  use_bdlora: "block-diagonal LoRA",
  arrow_config: "Arrow routing",
  kasa_config: "KaSA",
  velora_config: "VeLoRA",
  monteclora_config: "MonteCLoRA",
  layer_replication: "replicated layers",
  megatron_config: "Megatron's parallel layers",
};

/** Ways to begin that leave the base as it is; PiSSA, OLoRA, CorDA, LoftQ and LoRA-GA take their part out of it. */
const plainBeginnings: unknown[] = [true, false, undefined, null, "gaussian", "eva", "orthogonal", "mica"];

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);

function refuseVariants(path: string, config: Fields): void {
  const field = Object.keys(variants).find((name) => isSet(config[name]));
  const refuse = (what: string, todo = "train a plain LoRA adapter"): never => {
    throw new InputError({ got: `${path}: ${what}`, allowed: "plain LoRA on the linear maps of the layers", todo });
  };
  if (field) refuse(`${variants[field]} (${field})`);
  if (isSet(config.bias) && config.bias !== "none") refuse(`trained biases (bias: ${JSON.stringify(config.bias)})`);
  if (!plainBeginnings.includes(config.init_lora_weights))
    refuse(
      `the initialisation ${JSON.stringify(config.init_lora_weights)}, which changes the base`,
      "save it with path_initial_model_for_weight_conversion, as plain LoRA",
    );
}

/**
 * Reads an adapter's configuration as settings for this model. Entries that match none of its maps are left out, as PEFT does.
 * @throws InputError for a missing or malformed file and for anything but plain LoRA.
 */
export function readPeftConfig(path: string, architecture: Architecture): AdapterSettings {
  const parsed = schema.safeParse(readJson(path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError({ got: `${path}: ${issue.path.join(".")}: ${issue.message}`, allowed: "plain LoRA on linear maps" });
  }
  const config = parsed.data;
  refuseVariants(path, config);
  const modules = linearModules(architecture);
  const known = (patterns: Fields["rank_pattern"]): Record<string, number> | undefined => {
    const entries = Object.entries(patterns ?? {}).filter(([key]) => modules.some((module) => patternMatches(key, module.path)));
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  };
  const { r, lora_alpha: alpha, target_modules: targets, layers_to_transform: layers, exclude_modules: exclude } = config;
  const [rankPattern, alphaPattern] = [known(config.rank_pattern), known(config.alpha_pattern)];
  const listed = (name: string): boolean => modules.some((module) => nameMatches(name, module.path));
  return {
    rank: r,
    alpha,
    targets: typeof targets === "string" ? targets : targets.filter(listed),
    ...(isSet(exclude) && exclude && { exclude }),
    ...(config.use_rslora && { rsLora: true }),
    ...(rankPattern && { rankPattern }),
    ...(alphaPattern && { alphaPattern }),
    // PEFT asks for the layer only where the targets are a list.
    ...(isSet(layers) && typeof targets !== "string" && { layers: [layers].flat() as number[] }),
  };
}

/** The configuration that makes PEFT build this adapter; `baseModel` is recorded as what it belongs to. */
export function peftConfig(adapter: Adapter, baseModel: string): Record<string, unknown> {
  const { architecture, targets } = adapter;
  return {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: baseModel,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    target_modules:
      targets === "all-linear" ? [...new Set(linearModules(architecture).map(({ linear }) => linear.name))] : targets,
    exclude_modules: adapter.exclude ?? null,
    rank_pattern: adapter.rankPattern ?? {},
    alpha_pattern: adapter.alphaPattern ?? {},
    layers_to_transform: typeof targets === "string" && targets !== "all-linear" ? null : (adapter.layers ?? null),
    bias: "none",
    fan_in_fan_out: architecture.name === "gpt2", // its maps are kept [in, out]
    inference_mode: true,
    init_lora_weights: true,
    use_rslora: adapter.rsLora ?? false,
    use_dora: false,
    modules_to_save: null,
  };
}
