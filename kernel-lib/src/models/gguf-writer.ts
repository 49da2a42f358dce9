// Writes GGUF files (version 3): streamed tensor by tensor into a temporary file that takes its name only when complete.
import { writeParts } from "../runtime/index.js";
import { encodeValues, type WritableType } from "./encode.js";
import { aligned, defaultAlignment } from "./gguf-header.js";
import { type GgufValue, ggufValue, valueKinds } from "./gguf-value.js";
import { bytesOf, typeTraits } from "./tensor-types.js";

export interface TensorToWrite {
  name: string;
  type: WritableType;
  /** Row-major, slowest dimension first; the last is a multiple of 32 for Q8_0. */
  shape: readonly number[];
  /** All values in row-major order, or chunks of whole rows that are made while writing. */
  values: Float32Array | Iterable<Float32Array>;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const u32 = (value: number): Uint8Array => ggufValue.u32(value).bytes;
const string = (text: string): Uint8Array => ggufValue.string(text).bytes;
const countOf = (tensor: TensorToWrite): number => tensor.shape.reduce((product, size) => product * size, 1);

/** Magic, version, metadata and tensor table, padded to where the tensors begin. */
function head(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly TensorToWrite[], alignment: number): Buffer {
  const parts: Uint8Array[] = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(metadata.size)];
  for (const [key, value] of metadata) parts.push(string(key), u32(valueKinds.indexOf(value.kind)), value.bytes);
  let offset = 0;
  for (const tensor of tensors) {
    const dimensions = [...tensor.shape].reverse();
    parts.push(string(tensor.name), u32(dimensions.length), ...dimensions.map(u64), u32(typeTraits(tensor.type).id), u64(offset));
    offset += aligned(bytesOf(tensor.type, countOf(tensor)), alignment);
  }
  const bytes = Buffer.concat(parts);
  return Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length, alignment) - bytes.length)]);
}

/** The encoded bytes of a tensor, chunk by chunk. Throws Error when the values do not fill the shape. */
export function* encodedChunks(tensor: TensorToWrite): Generator<Uint8Array> {
  let count = 0;
  for (const values of tensor.values instanceof Float32Array ? [tensor.values] : tensor.values) {
    yield encodeValues({ values, type: tensor.type });
    count += values.length;
  }
  if (count !== countOf(tensor)) throw new Error(`tensor ${tensor.name} got ${count} values for the shape [${tensor.shape}]`);
}

function* parts(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly TensorToWrite[]): Generator<Uint8Array> {
  const alignmentValue = metadata.get("general.alignment")?.data;
  const alignment = typeof alignmentValue === "number" ? alignmentValue : defaultAlignment;
  yield head(metadata, tensors, alignment);
  for (const tensor of tensors) {
    yield* encodedChunks(tensor);
    const size = bytesOf(tensor.type, countOf(tensor));
    yield new Uint8Array(aligned(size, alignment) - size);
  }
}

/**
 * Writes a GGUF file atomically (temporary file, fsync, rename); creates the folder.
 * @param metadata in writing order; values come from another file or from `ggufValue`.
 * @throws RunError when the disk is full or the folder not writable; Error when a tensor's values do not fill its shape.
 */
export function writeGguf(options: {
  path: string;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: readonly TensorToWrite[];
}): void {
  writeParts(options.path, parts(options.metadata, options.tensors));
}
