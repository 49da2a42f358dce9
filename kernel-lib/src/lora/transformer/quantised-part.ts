// The quantised form of a matrix of the model: what the file holds, to the bit; of plain floats NF4 with double quantisation in the
// layers, and Q8_0 for embedding and head, which QLoRA (Dettmers et al. 2023) leaves in 16 bits.
import { bytesOf, encodeNf4, encodeValues, nf4Bytes, typeTraits } from "../../models/index.js";
import type { QuantisedMatrix } from "../backends/kernels.js";
import type { WeightSource } from "./weight-source.js";

const isOfLayer = (name: string): boolean => name.startsWith("blk.");
const isWhole = (columns: number): boolean => columns % typeTraits("Q8_0").block === 0;

/** Undefined for an embedding or head of plain floats whose rows are not whole blocks of Q8_0: it stays as it is. */
export function quantisedPart(source: WeightSource, name: string): QuantisedMatrix | undefined {
  const stored = source.stored(name);
  if (stored) return stored;
  const [rows, columns] = source.shape(name) as [number, number];
  if (isOfLayer(name)) return { type: "NF4", rows, columns, values: encodeNf4(source.read(name)) };
  if (!isWhole(columns)) return undefined;
  return { type: "Q8_0", rows, columns, bytes: encodeValues({ values: source.read(name), type: "Q8_0" }) };
}

export interface QuantisedSize {
  type: QuantisedMatrix["type"];
  bytes: number;
  /** As the file holds it; else it is rounded to this type. */
  exact: boolean;
}

/** What `quantisedPart` would give; nothing is encoded. */
export function quantisedSize(source: WeightSource, name: string): QuantisedSize | undefined {
  const stored = source.stored(name);
  if (stored && stored.type !== "NF4") return { type: stored.type, bytes: stored.bytes.byteLength, exact: true };
  const [rows, columns] = source.shape(name) as [number, number];
  if (isOfLayer(name)) return { type: "NF4", bytes: nf4Bytes(rows * columns), exact: false };
  return isWhole(columns) ? { type: "Q8_0", bytes: bytesOf("Q8_0", rows * columns), exact: false } : undefined;
}
