// Loads the fused kernels and turns each typed call into an op of the TensorFlow binding.
import { createRequire } from "node:module";
import { errorLine } from "../../runtime/index.js";
import { findFusedLibrary } from "./fused-library.js";
import type { Activation } from "./kernels.js";
import { type NativeBinding, type RawTensor, TF_BFLOAT16 } from "./native-binding.js";
import type { HeadLayout, HeadPreparation, NativeKernels, TensorId, Typed } from "./native-kernels.js";

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
