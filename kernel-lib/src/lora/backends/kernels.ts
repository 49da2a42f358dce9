// The hot operations of a transformer step. `composedKernels` writes each in primitives, for every backend; the native backend
// replaces them by fused ones, which pass over memory once. T below is the product type: float32 or bfloat16.
import type { Nf4Values, TensorType } from "../../models/index.js";
import type { AdamWUpdate } from "./adamw.js";
import type { Handle } from "./ops.js";

export type Activation = "silu" | "gelu";

/** Row losses (nats) and the scaled gradient of their sum with respect to the logits. */
export interface CrossEntropy {
  losses: Handle; // [m] float32
  gradient: Handle; // [m, vocabulary] T
}

export interface NormInput {
  x: Handle; // [n, width] float32
  weight: Handle; // [width] float32
  epsilon: number;
}

export interface NormGradientInput {
  x: Handle; // [n, width] float32
  /** 1 / rms(x). */
  inverseRms: Handle; // [n, 1] float32
  weight: Handle; // [width] float32
  /** dy. */
  gradient: Handle; // [n, width] T or float32
  /** The gradient that goes round the norm; it is added. */
  residual?: Handle; // [n, width] float32
}

/** Where the rows of a batch stand, for one kind of layer (local or global attention). */
export interface AttentionLayout {
  sequences: number;
  /** Padded length of each. */
  tokens: number;
  heads: number;
  /** `heads / keyValueHeads` query heads share one. */
  keyValueHeads: number;
  headSize: number;
  /** Factor on the scores. */
  scale: number;
  normEpsilon: number;
  /** The first position of its sequence that a row may look at (itself the last): causality, windows and packing in one. */
  starts: Handle; // [n] int32
  /** The same as numbers to be added to scores, 0 or −1e9, where the kernel wants it. */
  mask?: Handle; // [sequences or 1, 1, group·tokens, tokens] float32
  /** Rotary tables; none where positions are learned. The sine of the first half is negative: x·cos + swapHalves(x)·sin rotates. */
  rotation?: RotaryTables;
}

export interface RotaryTables {
  cos: Handle; // [positions, headSize] float32
  sin: Handle; // [positions, headSize] float32
  /** The row of the tables that each row of the batch takes. */
  positions: Handle; // [n] int32
}

export interface AttentionInput {
  /** Queries, keys and values side by side. */
  projected: Handle; // [n, (heads + 2·keyValueHeads)·headSize] T
  layout: AttentionLayout;
  /** RMSNorm of each query and key head before the rotation. */
  queryNorm?: Handle | undefined; // [headSize] float32
  keyNorm?: Handle | undefined; // [headSize] float32
}

export interface AttentionResult {
  mixed: Handle; // [n, heads·headSize] T
  /** Kept for the gradient; only the kernel that made it knows what is in it. */
  saved: { readonly probabilities: Handle };
}

export interface AttentionGradientInput extends AttentionInput, AttentionResult {
  gradient: Handle; // [n, heads·headSize] T: of `mixed`
}

/** A matrix as it is stored: rows of ggml's blocks, or 4-bit NormalFloat in blocks that run over the rows. */
export type QuantisedMatrix = { readonly rows: number; readonly columns: number } & (
  | { readonly type: TensorType; readonly bytes: Uint8Array }
  | { readonly type: "NF4"; readonly values: Nf4Values }
);

/** The same where a backend unpacks it. */
export interface PackedMatrix {
  readonly type: QuantisedMatrix["type"];
  readonly rows: number;
  readonly columns: number;
  /** Memory it takes. */
  readonly bytes: number;
  /** Its bytes as tensors of the backend. */
  readonly tensors?: readonly Handle[];
  /** Its bytes in the process, where the backend does not unpack by itself. */
  readonly stored?: QuantisedMatrix;
}

export interface Unpacking {
  /** Takes a stored matrix over: the caller keeps no other reference to its bytes. Freed by `dispose`. */
  pack(matrix: QuantisedMatrix): PackedMatrix;
  /** All of it. */
  dequantise(matrix: PackedMatrix): Handle; // [rows, columns] T
  /** Rows by number, without unpacking the others where blocks do not run over rows. */
  dequantiseRows(matrix: PackedMatrix, indices: Int32Array): Handle; // [indices, columns] T
}

export interface AdaptedMatMul {
  a: Handle; // [n, d] T
  b: Handle; // [d, m] T, or [m, d]
  transposeB?: boolean;
  u: Handle; // [n, k] T
  f: Handle; // [k, m] T
}

export interface Kernels {
  /** One update of parameters in the process's memory, in place. */
  adamWStep(update: AdamWUpdate): void;
  /** √Σx² of numbers in the process's memory. */
  vectorNorm(values: Float32Array): number;
  /** Root-mean-square normalisation (Zhang & Sennrich 2019): x / rms(x) · weight. */
  rmsNorm(input: NormInput): { output: Handle /* [n, width] T */; inverseRms: Handle /* [n, 1] float32 */ };
  /** The output again, from what was kept. */
  rmsNormAgain(input: Pick<NormGradientInput, "x" | "inverseRms" | "weight">): Handle; // [n, width] T
  /** dx plus the residual: float32 [n, width]. */
  rmsNormGradient(input: NormGradientInput): Handle;
  /** x + y, float32: y in T. */
  residualAdd(x: Handle, y: Handle): Handle;
  /** a·b + u·f, or a·bᵀ + u·f: a frozen product and what an adapter adds to it. */
  adaptedMatMul(input: AdaptedMatMul): Handle; // [n, m] T
  /** aᵀ·b, summed in float32: the gradient of an adapter matrix. */
  lowRankGradient(a: Handle /* [n, k] T */, b: Handle /* [n, m] T */): Handle; // [k, m] float32
  /** act(gate) ∘ up of [n, 2·width]; act(x) of [n, width] where there is no gate. */
  gate(projected: Handle, activation: Activation, gated: boolean): Handle; // [n, width] T
  gateGradient(projected: Handle, gradient: Handle, activation: Activation, gated: boolean): Handle; // like projected, T
  /** Attention reads `mask`, not `starts`. */
  readonly attentionWantsMask: boolean;
  attention(input: AttentionInput): AttentionResult;
  attentionGradient(input: AttentionGradientInput): Handle; // [n, (heads + 2·keyValueHeads)·headSize] T
  /** Softmax cross-entropy of logits [m, vocabulary] T; the gradient is multiplied by `scale`. May overwrite the logits. */
  crossEntropy(logits: Handle, labels: Handle, scale: number): CrossEntropy;
}
