// How a training will live in the memory there is: where the frozen weights rest, whether activations are kept, or a refusal before
// anything is loaded.
import { z } from "zod";
import { RunError } from "../../runtime/index.js";
import type { Adapter } from "../adapters/adapter.js";
import type { Precision } from "../backends/ops.js";
import { weightBytes } from "../transformer/weight-bytes.js";
import type { WeightSource } from "../transformer/weight-source.js";
import type { Residency } from "../transformer/weights.js";
import { keptBytesPerToken, type MemoryUse, memoryUse, type PartShape } from "./memory-use.js";

export const residencies = ["auto", "resident", "quantised"] as const;

const bytes = z.number().int();
export const memoryPlanSchema = z.strictObject({
  residency: z.enum(["resident", "quantised"]),
  /** What the frozen matrices rest in, the type with most bytes first. */
  types: z.array(z.string()),
  /** Layers are computed again on the way back where a part's activations would take more than this. */
  activationLimit: bytes,
  /** Whether the largest part is. */
  recompute: z.boolean(),
  ...{ weightBytes: bytes, adapterBytes: bytes, activationBytes: bytes, workBytes: bytes },
  /** Of the whole training, and what was free before it. */
  ...{ neededBytes: bytes, freeBytes: bytes },
});
export type MemoryPlan = z.infer<typeof memoryPlanSchema>;

export interface PlanOptions {
  source: WeightSource;
  adapter: Pick<Adapter, "groups" | "parameters">;
  precision: Precision;
  /** The backend has the fused kernels. */
  fused: boolean;
  part: PartShape;
  /**
   * "auto": resident where that fits, else quantised if the file is quantised already, which gives the same numbers; plain floats become
   * NF4 only when "quantised" is asked for.
   */
  residency: (typeof residencies)[number];
  /** What activations may take; null: whatever the free memory leaves. */
  memoryBytes: number | null;
  freeBytes: number;
}

/** Activations are kept only where this share of the free memory is enough: the prediction is not exact, and others want memory too. */
const shareForKeeping = 0.85;

const inGigabytes = (count: number): string =>
  count >= 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${Math.round(count / 1e6)} MB`;

/**
 * The first way that fits: resident before quantised, kept before recomputed.
 * @throws RunError where none does, with what is needed, what is free and what to change.
 */
export function planMemory({ source, residency, memoryBytes, freeBytes, ...rest }: PlanOptions): MemoryPlan {
  const { architecture } = source;
  const { precision, part } = rest;
  const kept = part.sequences * part.tokens * keptBytesPerToken(architecture, part.tokens, precision);
  const tried: (MemoryUse & { residency: Residency })[] = [];
  for (const candidate of ["resident", "quantised"] as const) {
    if (residency !== "auto" && residency !== candidate) continue;
    const weights = weightBytes(source, candidate, precision);
    if (residency === "auto" && candidate === "quantised" && !weights.exact) continue;
    for (const recompute of [false, true]) {
      const use = memoryUse({ ...rest, architecture, weights }, recompute);
      const fits = recompute ? use.neededBytes <= freeBytes : use.neededBytes <= shareForKeeping * freeBytes;
      if (fits && (recompute || memoryBytes === null || kept <= memoryBytes)) {
        const left = shareForKeeping * freeBytes - (use.neededBytes - use.activationBytes);
        const activationLimit = Math.max(1, Math.floor(memoryBytes ?? (recompute ? Math.min(left, kept - 1) : left)));
        return { residency: candidate, types: weights.types, activationLimit, recompute, ...use, freeBytes };
      }
      tried.push({ residency: candidate, ...use });
    }
  }
  const least = tried.reduce((a, b) => (b.neededBytes < a.neededBytes ? b : a));
  throw new RunError({
    got: `about ${inGigabytes(least.neededBytes)} of memory needed (weights ${inGigabytes(least.weightBytes)}, activations ${inGigabytes(least.activationBytes)} with recomputation), ${inGigabytes(freeBytes)} free`,
    todo: [
      "lower partTokens or maxTokens",
      ...(least.residency === "resident" ? ["set residency to quantised"] : []),
      ...(precision === "float32" ? ["set precision to bfloat16"] : []),
      "choose a smaller model, or free some memory",
    ].join(", "),
  });
}

/** The plan in one line, for progress and logs. */
export function describePlan(plan: MemoryPlan): string {
  const resting = plan.residency === "quantised" ? `quantised (${plan.types.join(", ")})` : plan.types.join(", ");
  return [
    `weights ${inGigabytes(plan.weightBytes)} ${resting}`,
    `adapter and optimiser ${inGigabytes(plan.adapterBytes)}`,
    `activations about ${inGigabytes(plan.activationBytes)}, ${plan.recompute ? "computed again on the way back" : "kept"}`,
    `in all about ${inGigabytes(plan.neededBytes)} of ${inGigabytes(plan.freeBytes)} free`,
  ].join("; ");
}

/** Whether a part's activations are more than `limit`; null: none. Either choice gives the same numbers. */
export function needsRecompute({
  architecture,
  sequences,
  tokens,
  precision,
  memoryBytes,
}: Pick<PartShape, "sequences" | "tokens"> & {
  architecture: WeightSource["architecture"];
  precision: Precision;
  memoryBytes: number | null;
}): boolean {
  return memoryBytes !== null && sequences * tokens * keptBytesPerToken(architecture, tokens, precision) > memoryBytes;
}
