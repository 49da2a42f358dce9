// An open GGUF file: metadata by key and tensors by name, read on demand, so a model never has to fit in memory at once.
import { closeSync } from "node:fs";
import { InputError } from "../runtime/index.js";
import { dequantise } from "./dequantise.js";
import { readHeader, type TensorInfo } from "./gguf-header.js";
import type { GgufValue } from "./gguf-value.js";
import { openForReading, readBytes } from "./open-file.js";

export interface GgufFile {
  readonly path: string;
  readonly version: number;
  /** `general.architecture`: "llama", "gemma3" and so on. */
  readonly architecture: string;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The number under this metadata key; `fallback` where the key is absent. Throws InputError for neither. */
  number(key: string, fallback?: number): number;
  /** The text under this metadata key, likewise. */
  text(key: string, fallback?: string): string;
  /** Where a tensor lies and what it is. Throws InputError for an unknown name. */
  tensor(name: string): TensorInfo;
  /** A tensor's bytes as they stand in the file. */
  readRaw(name: string): Uint8Array;
  /** A tensor dequantised to float32, row-major in `tensor(name).shape`; a new array that the caller owns. */
  readTensor(name: string): Float32Array;
  /** Rows `first` … `first + count − 1` (along the last dimension) dequantised: [count, shape.at(-1)]. */
  readRows(name: string, first: number, count: number): Float32Array;
  /** Closes the file; nothing can be read afterwards. */
  close(): void;
}

/**
 * Opens a GGUF file and reads its head (metadata and tensor table), synchronously; tensors are read when asked for.
 * @throws InputError for a missing file, one that is not GGUF, a truncated one (with both sizes), or tensor types that cannot be read.
 */
export function readGguf(path: string): GgufFile {
  const descriptor = openForReading(path);
  let header: ReturnType<typeof readHeader>;
  try {
    header = readHeader(path, descriptor);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  const { version, metadata, tensors } = header;

  const bytesAt = (offset: number, count: number): Uint8Array => readBytes({ path, descriptor, offset, count });
  const tensor = (name: string): TensorInfo => {
    const info = tensors.get(name);
    if (!info) throw new InputError({ got: `${path} has no tensor "${name}"`, todo: "check that the file holds a whole model" });
    return info;
  };
  const lookUp = <T extends number | string>(key: string, kind: "number" | "string", fallback: T | undefined): T => {
    const value = metadata.get(key)?.data ?? fallback;
    if (typeof value !== kind)
      throw new InputError({
        got: `${path}: metadata "${key}" is ${value === undefined ? "missing" : `a ${typeof value}`}`,
        allowed: `a ${kind}`,
      });
    return value as T;
  };

  return {
    path,
    version,
    architecture: lookUp<string>("general.architecture", "string", ""),
    metadata,
    tensors,
    number: (key, fallback) => lookUp<number>(key, "number", fallback),
    text: (key, fallback) => lookUp<string>(key, "string", fallback),
    tensor,
    readRaw: (name) => bytesAt(tensor(name).offset, tensor(name).bytes),
    readTensor: (name) => dequantise({ bytes: bytesAt(tensor(name).offset, tensor(name).bytes), type: tensor(name).type }),
    readRows(name, first, count) {
      const { shape, elements, bytes, offset, type } = tensor(name);
      const rowBytes = bytes / (elements / shape.at(-1)!);
      return dequantise({ bytes: bytesAt(offset + first * rowBytes, count * rowBytes), type });
    },
    close: () => closeSync(descriptor),
  };
}
