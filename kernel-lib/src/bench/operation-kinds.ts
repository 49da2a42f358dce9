// The kinds of work in a training step, by TensorFlow's names of operations, and each kind's share of the step.
import type { OperationTime, StepProfile } from "../lora/index.js";

export const operationKinds = [
  "matrix products",
  "attention products",
  "fused kernels",
  "elementwise and reductions",
  "casts",
  "data movement",
  "optimiser",
  "other JavaScript",
] as const;
export type OperationKind = (typeof operationKinds)[number];

const movement = new Set([
  "upload",
  "download",
  "free",
  "ConcatV2",
  "ExpandDims",
  "Fill",
  "GatherV2",
  "Pack",
  "PadV2",
  "Reshape",
  "Roll",
  "Slice",
  "SplitV",
  "StridedSlice",
  "Tile",
  "Transpose",
]);

/** Attention's products are those with a batch of heads; everything not named here is elementwise or a reduction. */
export function kindOf({ name, product }: Pick<OperationTime, "name" | "product">): OperationKind {
  if (product) return product.batch > 1 || name.startsWith("Batch") ? "attention products" : "matrix products";
  if (name.startsWith("Selfspec")) return "fused kernels";
  if (name === "Cast") return "casts";
  return movement.has(name) ? "data movement" : "elementwise and reductions";
}

export interface KindShare {
  kind: OperationKind;
  /** Of one step. */
  seconds: number;
  /** Of the step, 0 to 1. */
  share: number;
  calls: number;
}

/** Every kind's time in one step; the rest of the step is JavaScript, of which the optimiser was timed apart. */
export function kindShares({ steps, seconds, optimiserSeconds, operations }: StepProfile): KindShare[] {
  const sum = (own: readonly OperationTime[], field: "seconds" | "calls"): number =>
    own.reduce((total, operation) => total + operation[field], 0);
  const rest = seconds - sum(operations, "seconds");
  const optimiser = Math.min(rest, optimiserSeconds);
  return operationKinds.map((kind) => {
    const own = operations.filter((operation) => kindOf(operation) === kind);
    const total = kind === "optimiser" ? optimiser : kind === "other JavaScript" ? rest - optimiser : sum(own, "seconds");
    return { kind, seconds: total / steps, share: total / seconds, calls: sum(own, "calls") / steps };
  });
}

/** 2·batch·rows·inner·columns: a multiplication and an addition each. */
export const operationsOfProduct = ({ batch, rows, inner, columns }: NonNullable<OperationTime["product"]>): number =>
  2 * batch * rows * inner * columns;

/** The part of a step that is matrix multiplication, attention's included. */
export const productShare = (shares: readonly KindShare[]): number =>
  shares.filter(({ kind }) => kind.endsWith("products")).reduce((sum, { share }) => sum + share, 0);
