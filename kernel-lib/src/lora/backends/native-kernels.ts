// The fused kernels of kernel-lib/native as typed functions over tensor numbers of the TensorFlow binding. Each passes over memory once,
// computes in float32 and takes and gives T, the type of matrix products: float32 or bfloat16. Every output is the caller's to delete.
import type { TensorType } from "../../models/index.js";
import type { AdamWUpdate as PlainUpdate } from "./adamw.js";
import type { Activation } from "./kernels.js";
import type { RawTensor } from "./native-binding.js";

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

/** AdamW's update and its constants. */
export interface AdamWUpdate extends PlainUpdate {
  betas: readonly [number, number];
  epsilon: number;
}
