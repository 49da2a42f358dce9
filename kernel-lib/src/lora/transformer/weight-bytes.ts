// What the frozen matrices of a model will take, told from its file before anything is loaded.
import type { Precision } from "../backends/ops.js";
import { linearsOf } from "./linears.js";
import { quantisedSize } from "./quantised-part.js";
import type { WeightSource } from "./weight-source.js";
import type { Residency } from "./weights.js";

export interface WeightBytes {
  /** Between uses: what `weightBytesOf` finds once they are loaded. */
  resting: number;
  /** The types they rest in, the one with most bytes first: "Q4_1", "NF4", "bfloat16". */
  types: string[];
  /** The numbers are the file's own; else plain floats are rounded to 4 or 8 bits. */
  exact: boolean;
  /** Values of the largest linear group and of the head, where they are unpacked for each use; else 0. */
  unpackedGroup: number;
  unpackedHead: number;
  /** The most that one matrix takes besides while it is loaded. */
  loading: number;
}

/** Reads the file's tensors through where `residency` is "quantised", as their stored sizes are wanted. */
export function weightBytes(source: WeightSource, residency: Residency, precision: Precision): WeightBytes {
  const { architecture } = source;
  const groups = Array.from({ length: architecture.layers }, (_, layer) =>
    Object.values(linearsOf(architecture)).map((group) => group.map(({ gguf }) => `blk.${layer}.${gguf}.weight`)),
  ).flat();
  const head = source.has("output.weight") ? ["output.weight"] : ["token_embd.weight"];
  const valuesOf = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + source.shape(name).reduce((product, size) => product * size, 1), 0);
  const valueBytes = precision === "bfloat16" ? 2 : 4;
  const byType = new Map<string, number>();
  const quantised = new Set<string>();
  let exact = true;
  for (const name of new Set([...groups.flat(), "token_embd.weight", ...head])) {
    const size = residency === "quantised" ? quantisedSize(source, name) : undefined;
    if (size) quantised.add(name);
    exact &&= size?.exact ?? true;
    const { type, bytes } = size ?? { type: precision, bytes: valuesOf([name]) * valueBytes };
    byType.set(type, (byType.get(type) ?? 0) + bytes);
  }
  const loading = (names: readonly string[]): number => {
    const sizes = names.map((name) => quantisedSize(source, name));
    const packed = 2 * sizes.reduce((sum, size) => sum + (size?.bytes ?? 0), 0); // as read, and as uploaded
    if (sizes.every((size) => size?.exact)) {
      const isJoined = residency === "resident" && new Set(sizes.map((size) => size!.type)).size > 1;
      return packed + (isJoined ? valueBytes * valuesOf(names) : 0);
    }
    if (residency === "quantised") return packed + 4 * valuesOf(names);
    return 3 * 4 * valuesOf(names); // as read, as uploaded, as cast
  };
  const stacks = [...groups, ["token_embd.weight"]].sort((a, b) => valuesOf(b) - valuesOf(a));
  const largest = (stacks: readonly (readonly string[])[]): number => Math.max(0, ...stacks.map(valuesOf));
  const isUnpacked = (names: readonly string[]): boolean => names.every((name) => quantised.has(name));
  return {
    resting: [...byType.values()].reduce((sum, bytes) => sum + bytes, 0),
    types: [...byType].sort((a, b) => b[1] - a[1]).map(([type]) => type),
    exact,
    unpackedGroup: largest(groups.filter(isUnpacked)),
    unpackedHead: largest([head].filter(isUnpacked)),
    loading: loading(stacks[0]!),
  };
}
