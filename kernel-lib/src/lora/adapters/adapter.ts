// A LoRA adapter: every A and B in one flat float32 vector, so that the optimiser, the gradient norm and a checkpoint are one loop
// or one write; and its copy in a backend's memory.
import { deriveRandom, InputError } from "../../runtime/index.js";
import type { Ops } from "../backends/ops.js";
import type { Architecture } from "../transformer/architecture.js";
import {
  type LinearGroupName,
  type LinearName,
  linearGroupNames,
  linearGroups,
  linearNames,
  linears,
} from "../transformer/linears.js";
import type { AdapterGradient, GroupAdapter } from "../transformer/lora-linear.js";

export interface AdapterSettings {
  /** r: columns of A and B. Default 8. */
  rank: number;
  /** The update is scaled by alpha / rank. Default 16. */
  alpha: number;
  /** Which linear maps are adapted, in every layer. Default: all seven. */
  targets: readonly LinearName[];
}

/** One A [rank, in] or B [out, rank], row-major, at `offset` of the parameter vector. */
export interface AdapterMatrix {
  readonly layer: number;
  readonly name: LinearName;
  readonly kind: "A" | "B";
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

export interface Adapter extends AdapterSettings {
  readonly architecture: Architecture;
  /** Layer by layer, group by group, the group's A matrices before its B matrices: a group's stacked A is one subarray. */
  readonly matrices: readonly AdapterMatrix[];
  readonly parameters: Float32Array;
}

function layOut(architecture: Architecture, { rank, targets }: AdapterSettings): { matrices: AdapterMatrix[]; length: number } {
  const matrices: AdapterMatrix[] = [];
  let offset = 0;
  const place = (layer: number, name: LinearName, kind: "A" | "B"): void => {
    const { out, in: width } = linears[name].shape(architecture);
    const [rows, columns] = kind === "A" ? [rank, width] : [out, rank];
    matrices.push({ layer, name, kind, offset, rows, columns });
    offset += rows * columns;
  };
  for (let layer = 0; layer < architecture.layers; layer++) {
    for (const group of linearGroupNames) {
      const all: readonly LinearName[] = linearGroups[group];
      const members = all.filter((name) => targets.includes(name));
      for (const name of members) place(layer, name, "A");
      for (const name of members) place(layer, name, "B");
    }
  }
  return { matrices, length: offset };
}

/**
 * An adapter of zeros.
 * @throws InputError for an unknown or missing target, or a rank below 1.
 */
export function emptyAdapter(architecture: Architecture, { rank, alpha, targets }: AdapterSettings): Adapter {
  const unknown = targets.find((target) => !linearNames.includes(target));
  if (unknown !== undefined || targets.length === 0)
    throw new InputError({ got: unknown ? `LoRA target "${unknown}"` : "no LoRA target", allowed: linearNames.join(", ") });
  if (!Number.isInteger(rank) || rank < 1) throw new InputError({ got: `LoRA rank ${rank}`, allowed: "a whole number from 1" });
  const { matrices, length } = layOut(architecture, { rank, alpha, targets });
  return { architecture, rank, alpha, targets: [...targets], matrices, parameters: new Float32Array(length) };
}

/** As PEFT starts one: A uniform in ±1/√in (Kaiming with a = √5), B zero, so the adapted model begins as the base. */
export function initialAdapter(architecture: Architecture, settings: AdapterSettings, seed: number): Adapter {
  const adapter = emptyAdapter(architecture, settings);
  for (const { layer, name, kind, offset, rows, columns } of adapter.matrices) {
    if (kind === "B") continue;
    const random = deriveRandom(seed, "lora", layer, name);
    const bound = 1 / Math.sqrt(columns);
    for (let i = 0; i < rows * columns; i++) adapter.parameters[offset + i] = (2 * random.uniform() - 1) * bound;
  }
  return adapter;
}

export type LayerAdapters = Partial<Record<LinearGroupName, GroupAdapter>>;

/** Copies an adapter into a backend's memory, in product precision; the caller disposes of it. */
export function uploadAdapter(ops: Ops, adapter: Adapter): LayerAdapters[] {
  const { architecture, matrices, parameters, rank } = adapter;
  const scale = adapter.alpha / rank;
  const layers = Array.from({ length: architecture.layers }, (): LayerAdapters => ({}));
  return ops.scope(() => {
    for (let layer = 0; layer < layers.length; layer++) {
      for (const group of linearGroupNames) {
        const members: readonly LinearName[] = linearGroups[group];
        const own = matrices.filter((matrix) => matrix.layer === layer && members.includes(matrix.name));
        const first = own[0];
        if (!first) continue;
        const downs = own.filter(({ kind }) => kind === "A");
        const stacked = parameters.subarray(first.offset, first.offset + downs.length * rank * first.columns);
        layers[layer]![group] = {
          rank,
          stackedA: ops.toProduct(ops.fromFloats(stacked, [downs.length * rank, first.columns])),
          pairs: own
            .filter(({ kind }) => kind === "B")
            .map(({ name, offset, rows }) => {
              const scaled = parameters.slice(offset, offset + rows * rank).map((value) => value * scale);
              return { name, scaledB: ops.toProduct(ops.fromFloats(scaled, [rows, rank])) };
            }),
        };
      }
    }
    return layers;
  });
}

/** Adds a group's gradient to the flat gradient vector of `adapter`. */
export function addGradient(
  ops: Ops,
  adapter: Adapter,
  sum: Float32Array,
  at: { layer: number; group: LinearGroupName },
  gradient: AdapterGradient,
): void {
  const members: readonly LinearName[] = linearGroups[at.group];
  const own = adapter.matrices.filter((matrix) => matrix.layer === at.layer && members.includes(matrix.name));
  const scale = adapter.alpha / adapter.rank;
  const accumulate = (values: Float32Array, offset: number, factor: number): void => {
    for (let i = 0; i < values.length; i++) sum[offset + i]! += values[i]! * factor;
  };
  accumulate(ops.read(gradient.stackedA), own[0]!.offset, 1);
  own
    .filter(({ kind }) => kind === "B")
    .forEach(({ offset }, i) => {
      accumulate(ops.read(gradient.scaledB[i]!), offset, scale);
    });
}
