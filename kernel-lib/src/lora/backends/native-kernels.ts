// The fused kernels of kernel-lib/native as typed functions over tensor numbers of the TensorFlow binding. Each passes over memory once,
// computes in float32 and takes and gives T, the type of matrix products: float32 or bfloat16. Every output is the caller's to delete.
import { createRequire } from "node:module";
import type { TensorType } from "../../models/index.js";
import { errorLine } from "../../runtime/index.js";
import { findFusedLibrary } from "./fused-library.js";
import type { Activation } from "./kernels.js";
import { type NativeBinding, type RawTensor, TF_BFLOAT16 } from "./native-binding.js";

/** A tensor's number in the binding. */
export type TensorId = number;

/** What T is in a call. */
export interface Typed {
  /** TF_FLOAT or TF_BFLOAT16. */
  type: number;
}

/** How heads lie in a projection [sequences·tokens, (heads + 2·keyValueHeads)·headSize]. */
export interface HeadLayout extends Typed {
  tokens: number;
  heads: number;
  keyValueHeads: number;
}

export interface HeadPreparation extends HeadLayout {
  /** Rotary tables [positions, headSize / 2], or [positions, headSize] whose second half counts; absent: no rotation. */
  rotation?: { cos: TensorId; sin: TensorId; positions: TensorId /* [sequences·tokens] int32 */ } | undefined;
  /** RMSNorm weights of each query and key head [headSize], applied before the rotation. */
  queryNorm?: TensorId | undefined;
  keyNorm?: TensorId | undefined;
  epsilon: number;
  /** Multiplies the queries. */
  scale: number;
}

export interface NativeKernels {
  /**
   * a·b, or of batches; float32 factors in "bfloat16x3". A thin product u·f joins the sums before they are rounded. Absent where the
   * processor has no tile registers.
   */
  product?(
    input: Typed & {
      a: TensorId;
      b: TensorId;
      transposeA: boolean;
      transposeB: boolean;
      /** [n, k] and [k, m]. */
      thin?: { u: TensorId; f: TensorId } | undefined;
      /** The sums as they are, float32. */
      toFloat?: boolean;
    },
  ): RawTensor;
  /** x [n, width] float32 → x / rms(x) · weight in T, and 1 / rms(x) [n, 1] float32. */
  rmsNorm(input: Typed & { x: TensorId; weight: TensorId; epsilon: number }): { output: RawTensor; inverseRms: RawTensor };
  /** The same output again. */
  rmsNormApply(input: Typed & { x: TensorId; inverseRms: TensorId; weight: TensorId }): RawTensor;
  /** residual + dx, float32 [n, width]; `type` is the gradient's. Without a residual: dx. */
  rmsNormGradient(
    input: Typed & { x: TensorId; inverseRms: TensorId; weight: TensorId; gradient: TensorId; residual?: TensorId | undefined },
  ): RawTensor;
  /** x float32 + branch in T, float32. */
  residualAdd(input: Typed & { x: TensorId; branch: TensorId }): RawTensor;
  /** act(gate) ∘ up of [n, gate | up], or act of [n, width]. */
  gate(input: Typed & { projected: TensorId; activation: Activation; gated: boolean }): RawTensor;
  /** The gradient of the projection. */
  gateGradient(input: Typed & { projected: TensorId; gradient: TensorId; activation: Activation; gated: boolean }): RawTensor;
  /** Queries [sequences·keyValueHeads, group·tokens, headSize], keys and values [.., tokens, headSize], in T. */
  heads(input: HeadPreparation & { projected: TensorId }): { query: RawTensor; key: RawTensor; value: RawTensor };
  /** The gradient of the projection; the projection itself is wanted only where heads are normalised. */
  headsGradient(
    input: HeadPreparation & { query: TensorId; key: TensorId; value: TensorId; projected?: TensorId | undefined },
  ): RawTensor;
  /** [sequences·keyValueHeads, group·tokens, headSize] to [sequences·tokens, heads·headSize]. */
  mergeHeads(input: HeadLayout & { x: TensorId }): RawTensor;
  /** The inverse of `mergeHeads`. */
  splitHeads(input: HeadLayout & { x: TensorId }): RawTensor;
  /** Scores [sequences·keyValueHeads, group·tokens, tokens] → probabilities over columns starts[i] … i, zero elsewhere. */
  maskedSoftmax(input: Typed & { scores: TensorId; starts: TensorId; overwrite: boolean }): RawTensor;
  /** p ∘ (dp − Σ p∘dp); `overwrite` puts it where dp was. */
  softmaxGradient(
    input: Typed & { probabilities: TensorId; gradient: TensorId; starts: TensorId; overwrite: boolean },
  ): RawTensor;
  /** Losses [m] float32 and (softmax − onehot) · scale in T; `overwrite` puts the gradient where the logits were. */
  crossEntropy(input: Typed & { logits: TensorId; labels: TensorId; scale: number; overwrite: boolean }): {
    losses: RawTensor;
    gradient: RawTensor;
  };
  /** y [n, m] + u [n, k] · f [k, m], all T, k at most 256; `overwrite` puts the sum where y was. */
  lowRankAdd(input: Typed & { y: TensorId; u: TensorId; f: TensorId; overwrite: boolean }): RawTensor;
  /** Stored bytes as a tensor; the array must not change while it lives. */
  uploadBytes(bytes: Uint8Array): TensorId;
  /** A matrix of whole ggml blocks in T [rows, columns]; the values are those of the `models` room, to the bit before rounding to T. */
  dequantise(input: Typed & { bytes: TensorId; format: BlockFormat; rows: number; columns: number }): RawTensor;
  /** A matrix in bitsandbytes' NF4 with double quantisation, in T [rows, columns]. */
  dequantiseNf4(input: Typed & Nf4Matrix): RawTensor;
  /** One AdamW update in place (PyTorch's form, betas as given); the same bits as the JavaScript version's. */
  adamw(input: AdamWUpdate): void;
  /** Σ values², in an order that does not depend on the number of threads. */
  squaredNorm(values: Float32Array): number;
}

export type BlockFormat = Exclude<TensorType, "F32">;

export interface Nf4Matrix {
  /** Two values a byte, the high nibble first. */
  codes: TensorId; // [rows·columns / 2] uint8
  /** The largest magnitude of each block, as a code of `nestedTable`. */
  absmax: TensorId; // [blocks] uint8
  nestedAbsmax: TensorId; // [nested blocks] float32
  table: TensorId; // [16] float32
  nestedTable: TensorId; // [256] float32
  /** Added to every dequantised magnitude. */
  offset: TensorId; // [] float32
  rows: number;
  columns: number;
  /** Values a block (64) and blocks a nested block (256). */
  blockSize: number;
  nestedBlockSize: number;
}

export interface AdamWUpdate {
  parameters: Float32Array;
  gradient: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  learningRate: number;
  betas: readonly [number, number];
  epsilon: number;
  weightDecay: number;
  /** The update's number, from 1. */
  step: number;
  /** Multiplies the gradient first (clipping), rounding to float32; default 1. */
  gradientFactor?: number;
}

/** What the addon itself exports (kernel-lib/native/module.cc). */
interface Addon {
  adamw(
    parameters: Float32Array,
    gradient: Float32Array,
    firstMoment: Float32Array,
    secondMoment: Float32Array,
    ...numbers: [
      beta1: number,
      beta2: number,
      epsilon: number,
      decay: number,
      stepSize: number,
      correction: number,
      gradientFactor: number,
    ]
  ): void;
  squaredNorm(values: Float32Array): number;
  readonly hasTiles: boolean;
}

/** The binding's names that only these ops need. */
interface KernelBinding extends NativeBinding {
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_UINT8: number;
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array | Uint8Array): TensorId;
  executeOp(
    name: string,
    attributes: { name: string; type: number; value: number | boolean | string }[],
    inputs: TensorId[],
    outputs: number,
  ): RawTensor[];
}

type Attribute = Parameters<KernelBinding["executeOp"]>[1][number];

/**
 * Loads the library into the process that already has TensorFlow in it, and with it its ops.
 * @returns the reason where it cannot be had.
 */
export function loadNativeKernels(given: NativeBinding): NativeKernels | { unavailable: string } {
  const library = findFusedLibrary();
  if (!library) return { unavailable: "the native TensorFlow backend was not built by set-up" };
  if (!library.built) return { unavailable: "not compiled for these sources and this processor (npm run setup does it)" };
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(library.path) as Addon;
  } catch (error) {
    return { unavailable: `${library.path} does not load: ${errorLine(error)}` };
  }
  return kernelsOver(given as KernelBinding, addon);
}

function kernelsOver(binding: KernelBinding, addon: Addon): NativeKernels {
  const product = (type: number): Attribute => ({ name: "T", type: binding.TF_ATTR_TYPE, value: type });
  const number = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value });
  const integer = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_INT, value });
  const flag = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const text = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
  const run = (name: string, attributes: Attribute[], inputs: TensorId[]): RawTensor =>
    binding.executeOp(`Selfspec${name}`, attributes, inputs, 1)[0]!;
  const runMany = (name: string, attributes: Attribute[], inputs: TensorId[], outputs: number): RawTensor[] =>
    binding.executeOp(`Selfspec${name}`, attributes, inputs, outputs);
  // Stand for what a call leaves out; made once and kept as long as the process.
  const nothing = {
    float: binding.createTensor([0], binding.TF_FLOAT, new Float32Array(0)),
    integer: binding.createTensor([0], binding.TF_INT32, new Int32Array(0)),
  };
  const emptyBfloat = binding.executeOp(
    "Cast",
    [
      { name: "SrcT", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      { name: "DstT", type: binding.TF_ATTR_TYPE, value: TF_BFLOAT16 },
      { name: "Truncate", type: binding.TF_ATTR_BOOL, value: false },
    ],
    [nothing.float],
    1,
  )[0]!.id;
  const emptyOf = (type: number): TensorId => (type === TF_BFLOAT16 ? emptyBfloat : nothing.float);
  const activationOf = ({ type, activation, gated }: Typed & { activation: Activation; gated: boolean }): Attribute[] => [
    product(type),
    text("activation", activation),
    flag("gated", gated),
  ];
  const layoutOf = ({ type, tokens, heads, keyValueHeads }: HeadLayout): Attribute[] => [
    product(type),
    integer("tokens", tokens),
    integer("heads", heads),
    integer("key_value_heads", keyValueHeads),
  ];
  const preparationOf = (input: HeadPreparation): Attribute[] => [
    ...layoutOf(input),
    number("epsilon", input.epsilon),
    number("scale", input.scale),
  ];
  const tablesOf = ({ rotation, queryNorm, keyNorm }: HeadPreparation): TensorId[] => [
    rotation?.cos ?? nothing.float,
    rotation?.sin ?? nothing.float,
    rotation?.positions ?? nothing.integer,
    queryNorm ?? nothing.float,
    keyNorm ?? nothing.float,
  ];

  return {
    ...(addon.hasTiles && {
      product: ({ type, a, b, transposeA, transposeB, thin, toFloat }: Parameters<NonNullable<NativeKernels["product"]>>[0]) => {
        const none = emptyOf(type);
        const attributes = [product(type), flag("transpose_a", transposeA), flag("transpose_b", transposeB)];
        return run(toFloat ? "MatMulToFloat" : "MatMul", attributes, [a, b, thin?.u ?? none, thin?.f ?? none]);
      },
    }),
    rmsNorm({ type, x, weight, epsilon }) {
      const [output, inverseRms] = runMany("RmsNorm", [product(type), number("epsilon", epsilon)], [x, weight], 2);
      return { output: output!, inverseRms: inverseRms! };
    },
    rmsNormApply: ({ type, x, inverseRms, weight }) => run("RmsNormApply", [product(type)], [x, inverseRms, weight]),
    rmsNormGradient: ({ type, x, inverseRms, weight, gradient, residual }) =>
      run("RmsNormGradient", [product(type)], [x, inverseRms, weight, gradient, residual ?? nothing.float]),
    residualAdd: ({ type, x, branch }) => run("ResidualAdd", [product(type)], [x, branch]),
    gate: (input) => run("Gate", activationOf(input), [input.projected]),
    gateGradient: (input) => run("GateGradient", activationOf(input), [input.projected, input.gradient]),
    heads(input) {
      const [query, key, value] = runMany("Heads", preparationOf(input), [input.projected, ...tablesOf(input)], 3);
      return { query: query!, key: key!, value: value! };
    },
    headsGradient: (input) =>
      run("HeadsGradient", preparationOf(input), [
        ...[input.query, input.key, input.value, input.projected ?? emptyOf(input.type)],
        ...tablesOf(input),
      ]),
    mergeHeads: (input) => run("MergeHeads", layoutOf(input), [input.x]),
    splitHeads: (input) => run("SplitHeads", layoutOf(input), [input.x]),
    maskedSoftmax: ({ type, scores, starts, overwrite }) =>
      run("MaskedSoftmax", [product(type), flag("overwrite", overwrite)], [scores, starts]),
    softmaxGradient: ({ type, probabilities, gradient, starts, overwrite }) =>
      run("SoftmaxGradient", [product(type), flag("overwrite", overwrite)], [probabilities, gradient, starts]),
    crossEntropy({ type, logits, labels, scale, overwrite }) {
      // The scale changes from step to step: as an attribute, TensorFlow would keep a kernel for every value it ever had.
      const factor = binding.createTensor([], binding.TF_FLOAT, Float32Array.of(scale));
      try {
        const attributes = [product(type), flag("overwrite", overwrite)];
        const [losses, gradient] = runMany("CrossEntropy", attributes, [logits, labels, factor], 2);
        return { losses: losses!, gradient: gradient! };
      } finally {
        binding.deleteTensor(factor);
      }
    },
    lowRankAdd: ({ type, y, u, f, overwrite }) => run("LowRankAdd", [product(type), flag("overwrite", overwrite)], [y, u, f]),
    uploadBytes: (bytes) => binding.createTensor([bytes.length], binding.TF_UINT8, bytes),
    dequantise: ({ type, bytes, format, rows, columns }) =>
      run("Dequantise", [product(type), text("format", format), integer("rows", rows), integer("columns", columns)], [bytes]),
    dequantiseNf4: ({ type, codes, absmax, nestedAbsmax, table, nestedTable, offset, ...sizes }) =>
      run(
        "DequantiseNf4",
        [
          product(type),
          integer("rows", sizes.rows),
          integer("columns", sizes.columns),
          integer("block_size", sizes.blockSize),
          integer("nested_block_size", sizes.nestedBlockSize),
        ],
        [codes, absmax, nestedAbsmax, table, nestedTable, offset],
      ),
    adamw({ parameters, gradient, firstMoment, secondMoment, learningRate, betas, epsilon, weightDecay, step, gradientFactor }) {
      const [beta1, beta2] = betas;
      const decay = 1 - learningRate * weightDecay;
      const stepSize = learningRate / (1 - beta1 ** step);
      const correction = Math.sqrt(1 - beta2 ** step);
      const numbers = [beta1, beta2, epsilon, decay, stepSize, correction, gradientFactor ?? 1] as const;
      addon.adamw(parameters, gradient, firstMoment, secondMoment, ...numbers);
    },
    squaredNorm: (values) => addon.squaredNorm(values),
  };
}
