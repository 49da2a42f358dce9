// config.json of a model folder, as transformers writes it: the families we compute become one plain description, all others and
// every variant that would compute something else are refused by name.
import { join } from "node:path";
import { z } from "zod";
import { InputError, readJson } from "../runtime/index.js";
import { type RopeConfig, type RopeFields, ropeConfig, ropeSchema } from "./rope-config.js";

interface CommonConfig {
  layers: number;
  /** Width of the residual stream. */
  hidden: number;
  feedForward: number;
  heads: number;
  vocabulary: number;
  contextTokens: number;
  normEpsilon: number;
  /** The head is the embedding. */
  tied: boolean;
}

export interface RotaryConfig extends CommonConfig {
  family: "llama" | "qwen2" | "qwen3";
  keyValueHeads: number;
  headSize: number;
  rope: RopeConfig;
}

export interface GemmaConfig extends Omit<RotaryConfig, "family"> {
  family: "gemma3";
  /** Rotation of the layers that look back `window` tokens only. */
  localRope: RopeConfig;
  window: number;
  /** Whether each layer is one of these. */
  localLayers: readonly boolean[];
  /** Scores are divided by its root. */
  queryScalar: number;
}

export interface Gpt2Config extends CommonConfig {
  family: "gpt2";
}

export type ModelConfig = RotaryConfig | GemmaConfig | Gpt2Config;

const whole = z.number().int().positive();
const positive = z.number().positive();
const off = z.literal([false, null]).optional();

/** What the rotary families share. Defaults are those of transformers' configuration classes. */
const rotary = {
  num_hidden_layers: whole,
  hidden_size: whole,
  intermediate_size: whole,
  num_attention_heads: whole,
  num_key_value_heads: whole.nullish(),
  head_dim: whole.nullish(),
  vocab_size: whole,
  max_position_embeddings: whole,
  rms_norm_eps: positive.default(1e-6),
  rope_theta: positive.optional(),
  rope_scaling: ropeSchema.nullish(),
  attention_bias: off,
  partial_rotary_factor: z.literal(1).optional(),
};
const silu = z.literal(["silu", "swish"]).default("silu");
const fullLayers = z.array(z.literal("full_attention")).nullish();

const schemas = {
  llama: z.looseObject({
    ...rotary,
    tie_word_embeddings: z.boolean().default(false),
    hidden_act: silu,
    mlp_bias: off,
    rope_parameters: ropeSchema.nullish(),
  }),
  qwen2: z.looseObject({
    ...rotary,
    tie_word_embeddings: z.boolean().default(false),
    hidden_act: silu,
    use_sliding_window: off,
    layer_types: fullLayers,
    rope_parameters: ropeSchema.nullish(),
  }),
  qwen3: z.looseObject({
    ...rotary,
    head_dim: whole.default(128),
    tie_word_embeddings: z.boolean().default(false),
    hidden_act: silu,
    use_sliding_window: off,
    layer_types: fullLayers,
    rope_parameters: ropeSchema.nullish(),
  }),
  gemma3_text: z.looseObject({
    ...rotary,
    head_dim: whole.default(256),
    tie_word_embeddings: z.boolean().default(true),
    hidden_activation: z.literal("gelu_pytorch_tanh").default("gelu_pytorch_tanh"),
    query_pre_attn_scalar: positive.default(256),
    sliding_window: whole,
    layer_types: z.array(z.enum(["sliding_attention", "full_attention"])).nullish(),
    sliding_window_pattern: whole.nullish(),
    _sliding_window_pattern: whole.nullish(),
    attn_logit_softcapping: z.null().optional(),
    final_logit_softcapping: z.null().optional(),
    use_bidirectional_attention: off,
    rope_local_base_freq: positive.optional(),
    rope_parameters: z.looseObject({ full_attention: ropeSchema.nullish(), sliding_attention: ropeSchema.nullish() }).nullish(),
  }),
  gpt2: z.looseObject({
    n_layer: whole,
    n_embd: whole,
    n_inner: whole.nullish(),
    n_head: whole,
    vocab_size: whole,
    n_positions: whole,
    layer_norm_epsilon: positive.default(1e-5),
    tie_word_embeddings: z.boolean().default(true),
    activation_function: z.literal(["gelu_new", "gelu_pytorch_tanh"]).default("gelu_new"),
    scale_attn_weights: z.literal(true).default(true),
    scale_attn_by_inverse_layer_idx: off,
    add_cross_attention: off,
  }),
};

type ModelType = keyof typeof schemas;
type Fields<T extends ModelType> = z.infer<(typeof schemas)[T]>;

const named = z.looseObject({ model_type: z.string(), quantization_config: z.unknown().optional() });

function common(fields: Fields<"llama" | "qwen2" | "qwen3" | "gemma3_text">) {
  return {
    layers: fields.num_hidden_layers,
    hidden: fields.hidden_size,
    feedForward: fields.intermediate_size,
    heads: fields.num_attention_heads,
    keyValueHeads: fields.num_key_value_heads ?? fields.num_attention_heads,
    headSize: fields.head_dim ?? fields.hidden_size / fields.num_attention_heads,
    vocabulary: fields.vocab_size,
    contextTokens: fields.max_position_embeddings,
    normEpsilon: fields.rms_norm_eps,
    tied: fields.tie_word_embeddings,
  };
}

/** The fields of the new spelling, or of the old one. */
const ropeFields = (fields: Fields<"llama" | "qwen2" | "qwen3">): RopeFields =>
  fields.rope_parameters ?? { ...fields.rope_scaling, rope_theta: fields.rope_theta };

function gemmaConfig(path: string, fields: Fields<"gemma3_text">): GemmaConfig {
  const shape = common(fields);
  const { contextTokens } = shape;
  const old: RopeFields = { ...fields.rope_scaling, rope_theta: fields.rope_theta };
  const local: RopeFields = { rope_theta: fields.rope_local_base_freq };
  // Every sixth layer looks at everything unless the file says otherwise.
  const pattern = fields.sliding_window_pattern ?? fields._sliding_window_pattern ?? 6;
  const kinds =
    fields.layer_types ??
    Array.from({ length: shape.layers }, (_, i) => ((i + 1) % pattern ? "sliding_attention" : "full_attention"));
  if (kinds.length !== shape.layers)
    throw new InputError({ got: `${path}: ${kinds.length} layer_types`, allowed: `one a layer (${shape.layers})` });
  return {
    family: "gemma3",
    ...shape,
    rope: ropeConfig(path, fields.rope_parameters?.full_attention ?? old, { base: 1e6, contextTokens }),
    localRope: ropeConfig(path, fields.rope_parameters?.sliding_attention ?? local, { base: 1e4, contextTokens }),
    window: fields.sliding_window,
    localLayers: kinds.map((kind) => kind === "sliding_attention"),
    queryScalar: fields.query_pre_attn_scalar,
  };
}

const gpt2Config = (fields: Fields<"gpt2">): Gpt2Config => ({
  family: "gpt2",
  layers: fields.n_layer,
  hidden: fields.n_embd,
  feedForward: fields.n_inner ?? 4 * fields.n_embd,
  heads: fields.n_head,
  vocabulary: fields.vocab_size,
  contextTokens: fields.n_positions,
  normEpsilon: fields.layer_norm_epsilon,
  tied: fields.tie_word_embeddings,
});

/**
 * Reads and checks the config.json of a model folder.
 * @throws InputError for a missing or damaged file, another model family, a variant that is not computed, or weights that are
 *   quantised already.
 */
export function readModelConfig(folder: string): ModelConfig {
  const path = join(folder, "config.json");
  const value = readJson(path);
  const name = named.safeParse(value);
  const type = name.success ? name.data.model_type : undefined;
  if (type === undefined || !Object.hasOwn(schemas, type))
    throw new InputError({
      got: `${path}: ${type === undefined ? "no model_type" : `the model_type "${type}"`}`,
      allowed: Object.keys(schemas).join(", "),
      todo: type === "gemma3" ? "it sees pictures too; choose its text-only weights or a GGUF file" : "choose another model",
    });
  if (name.data?.quantization_config)
    throw new InputError({
      got: `${path}: weights that are quantised already (quantization_config)`,
      allowed: "F32, F16 or BF16 weights",
      todo: "choose the unquantised model; it can be quantised here",
    });
  const parse = <T extends ModelType>(family: T): Fields<T> => {
    const parsed = schemas[family].safeParse(value);
    if (parsed.success) return parsed.data as Fields<T>;
    const issue = parsed.error.issues[0]!;
    throw new InputError({
      got: `${path}: ${issue.path.join(".")}: ${issue.message}`,
      allowed: `the plain ${family} model`,
      todo: "choose another model",
    });
  };
  switch (type as ModelType) {
    case "gpt2":
      return gpt2Config(parse("gpt2"));
    case "gemma3_text":
      return gemmaConfig(path, parse("gemma3_text"));
    default: {
      const family = type as RotaryConfig["family"];
      const fields = parse(family);
      const shape = common(fields);
      const rope = ropeConfig(path, ropeFields(fields), { base: 1e4, contextTokens: shape.contextTokens });
      return { family, ...shape, rope };
    }
  }
}
