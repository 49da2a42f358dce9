// A LoRA adapter: every A and B in one flat float32 vector, so that the optimiser, the gradient norm and a checkpoint are one loop
// or one write; and its copy in a backend's memory.
import { deriveRandom, InputError } from "../../runtime/index.js";
import type { Ops } from "../backends/ops.js";
import type { Architecture } from "../transformer/architecture.js";
import type { GroupAdapter } from "../transformer/linear-group.js";
import { type LinearGroupName, type LinearName, linearGroupNames, linearsOf } from "../transformer/linears.js";
import type { GroupGradient } from "../transformer/transformer.js";
import { linearModule } from "./adapted-modules.js";
import { type AdapterSettings, resolveSettings } from "./adapter-settings.js";

/** The adapter of one linear map. */
export interface AdaptedLinear {
  readonly layer: number;
  readonly group: LinearGroupName;
  readonly name: LinearName;
  /** Its module as transformers names it, and its matrix as llama.cpp does. */
  readonly path: string;
  readonly tensor: string;
  /** Of this map; the group it is in may leave room for a higher one, in rows that stay zero. */
  readonly rank: number;
  readonly alpha: number;
  /** What B is multiplied by: alpha / rank, or alpha / √rank (rsLoRA). */
  readonly scale: number;
  readonly in: number;
  readonly out: number;
  /** Where A [rank, in] begins in the parameter vector. */
  readonly offsetA: number;
  /** Where Bᵀ [rank, out] begins: transposed, so that rows of one rank lie together as A's do. */
  readonly offsetB: number;
  /** Its columns in the group's output, and its rows in the group's stack of A matrices. */
  readonly column: number;
  readonly row: number;
}

/** One linear group of one layer: its A matrices are one stretch of the parameter vector, [rows, in]. */
interface AdaptedGroup {
  readonly layer: number;
  readonly group: LinearGroupName;
  readonly members: readonly AdaptedLinear[];
  readonly rows: number;
  readonly in: number;
  readonly out: number;
}

export interface Adapter extends AdapterSettings {
  readonly architecture: Architecture;
  readonly linears: readonly AdaptedLinear[];
  readonly groups: readonly AdaptedGroup[];
  readonly parameters: Float32Array;
}

/**
 * An adapter of zeros.
 * @throws InputError for an unknown or missing target, a rank below 1, a pattern that matches nothing, or nothing left to adapt.
 */
export function emptyAdapter(architecture: Architecture, settings: AdapterSettings): Adapter {
  const resolve = resolveSettings(architecture, settings);
  const groups: AdaptedGroup[] = [];
  let offset = 0;
  for (let layer = 0; layer < architecture.layers; layer++) {
    for (const group of linearGroupNames) {
      const all = linearsOf(architecture)[group];
      let column = 0;
      const placed = all.map((linear) => {
        const from = column;
        column += linear.out;
        const { path, tensor } = linearModule(architecture, layer, linear);
        return { linear, path, tensor, column: from, own: resolve({ layer, linear, path, tensor }) };
      });
      const adapted = placed.flatMap(({ own, ...rest }) => (own ? [{ ...rest, ...own }] : []));
      if (adapted.length === 0) continue;
      const room = Math.max(...adapted.map(({ rank }) => rank));
      const width = all[0]!.in;
      let offsetB = offset + adapted.length * room * width;
      const members = adapted.map(({ linear, path, tensor, column: from, rank, alpha, scale }, i): AdaptedLinear => {
        const named = { layer, group, name: linear.name, path, tensor };
        const member = { ...named, rank, alpha, scale, in: width, out: linear.out };
        const placedAt = { offsetA: offset + i * room * width, offsetB, column: from, row: i * room };
        offsetB += rank * linear.out;
        return { ...member, ...placedAt };
      });
      groups.push({ layer, group, members, rows: adapted.length * room, in: width, out: column });
      offset = offsetB;
    }
  }
  const linears = groups.flatMap(({ members }) => members);
  if (linears.length === 0)
    throw new InputError({ got: "LoRA targets that no chosen layer has", todo: "choose other targets, layers or exclusions" });
  return { ...settings, architecture, linears, groups, parameters: new Float32Array(offset) };
}

/** As PEFT starts one: A uniform in ±1/√in (Kaiming with a = √5), B zero, so the adapted model begins as the base. */
export function initialAdapter(architecture: Architecture, settings: AdapterSettings, seed: number): Adapter {
  const adapter = emptyAdapter(architecture, settings);
  for (const { layer, name, offsetA, rank, in: width } of adapter.linears) {
    const random = deriveRandom(seed, "lora", layer, name);
    const bound = 1 / Math.sqrt(width);
    for (let i = 0; i < rank * width; i++) adapter.parameters[offsetA + i] = (2 * random.uniform() - 1) * bound;
  }
  return adapter;
}

export type LayerAdapters = Partial<Record<LinearGroupName, GroupAdapter>>;

/** to + from · factor, in place: the inner loop over millions of numbers a step. */
function addScaled(to: Float32Array, from: Float32Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += from[i]! * factor;
}

/**
 * An adapter in a backend's memory, in product precision; the caller disposes of it, before the parameters change: where the backend
 * shares memory with JavaScript, the A matrices are the parameters themselves.
 */
export function uploadAdapter(ops: Ops, { architecture, groups, parameters }: Adapter): LayerAdapters[] {
  const layers = Array.from({ length: architecture.layers }, (): LayerAdapters => ({}));
  return ops.scope(() => {
    for (const { layer, group, members, rows, in: width, out } of groups) {
      const { offsetA } = members[0]!;
      const spread = new Float32Array(rows * out);
      for (const { offsetB, rank, row, column, out: columns, scale } of members)
        for (let r = 0; r < rank; r++) {
          const [to, from] = [(row + r) * out + column, offsetB + r * columns];
          addScaled(spread.subarray(to, to + columns), parameters.subarray(from, from + columns), scale);
        }
      layers[layer]![group] = {
        stackedA: ops.toProduct(ops.fromFloats(parameters.subarray(offsetA, offsetA + rows * width), [rows, width])),
        spreadB: ops.toProduct(ops.fromFloats(spread, [rows, out])),
      };
    }
    return layers;
  });
}

/** Adds gradients to the flat gradient vector of `adapter`. */
export async function addGradients(
  ops: Ops,
  adapter: Adapter,
  sum: Float32Array,
  gradients: readonly GroupGradient[],
): Promise<void> {
  for (const { layer, group, stackedA, spreadB } of gradients) {
    const { members, out } = adapter.groups.find((own) => own.layer === layer && own.group === group)!;
    const [down, up] = [await ops.read(stackedA), await ops.read(spreadB)];
    for (const { row, column, rank, scale, offsetA, offsetB, in: width, out: columns } of members) {
      addScaled(sum.subarray(offsetA, offsetA + rank * width), down.subarray(row * width, (row + rank) * width), 1);
      for (let r = 0; r < rank; r++) {
        const [to, from] = [offsetB + r * columns, (row + r) * out + column];
        addScaled(sum.subarray(to, to + columns), up.subarray(from, from + columns), scale);
      }
    }
  }
}
