// An open safetensors model: one file, or the shards that a model.safetensors.index.json lists; tensors are read on demand.
import { closeSync, existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { InputError, readJson } from "../runtime/index.js";
import { dequantise } from "./dequantise.js";
import { openForReading, readBytes } from "./open-file.js";
import { readSafetensorsHeader, refuseSafetensors, type SafetensorsInfo, type SafetensorsType } from "./safetensors-header.js";

export interface SafetensorsFile {
  /** The file, index or folder that was opened. */
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, SafetensorsInfo>;
  /** Where a tensor lies and what it is. Throws InputError for an unknown name. */
  tensor(name: string): SafetensorsInfo;
  /** A tensor's bytes as they stand in the file. */
  readRaw(name: string): Uint8Array;
  /** A tensor as float32, row-major; a new array that the caller owns. Throws InputError for types that are not numbers of that kind. */
  readTensor(name: string): Float32Array;
  /** Closes every file; nothing can be read afterwards. */
  close(): void;
}

const singleFile = "model.safetensors";
const indexFile = "model.safetensors.index.json";
const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

const decoders: Partial<Record<SafetensorsType, (bytes: Uint8Array) => Float32Array>> = {
  F64: (bytes) => Float32Array.from(new Float64Array(bytes.buffer)),
  F32: (bytes) => dequantise({ bytes, type: "F32" }),
  F16: (bytes) => dequantise({ bytes, type: "F16" }),
  BF16: (bytes) => dequantise({ bytes, type: "BF16" }),
  I8: (bytes) => Float32Array.from(new Int8Array(bytes.buffer)),
  U8: (bytes) => Float32Array.from(bytes),
};

/** The safetensors files behind a path, and which of them an index expects to hold each tensor. */
function shardsOf(path: string): { files: string[]; expected: ReadonlyMap<string, string> } {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (folder && existsSync(join(path, singleFile))) return { files: [join(path, singleFile)], expected: new Map() };
  const index = folder ? join(path, indexFile) : path;
  if (folder && !existsSync(index)) refuseSafetensors(path, `holds neither ${singleFile} nor ${indexFile}`);
  if (!index.endsWith(".json")) return { files: [path], expected: new Map() };
  const parsed = indexSchema.safeParse(readJson(index));
  if (!parsed.success) return refuseSafetensors(index, "is not an index of shards");
  const expected = new Map(Object.entries(parsed.data.weight_map).map(([name, file]) => [name, join(dirname(index), file)]));
  const files = [...new Set(expected.values())];
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0)
    throw new InputError({
      got: `${index} lists ${files.length} shards, and ${missing.length} ${missing.length === 1 ? "is" : "are"} missing: ${missing[0]}`,
      todo: "fetch the missing shards into the same folder",
    });
  return { files, expected };
}

/** Whether a path holds a safetensors model: a `.safetensors` file, an index of shards, or a folder with either. */
export function isSafetensors(path: string): boolean {
  return /\.safetensors(\.index\.json)?$/.test(path) || [singleFile, indexFile].some((name) => existsSync(join(path, name)));
}

/**
 * Opens a safetensors file, an index of shards, or the folder of either, and reads the tables of tensors, synchronously.
 * @throws InputError for a missing file or shard, a truncated or malformed one, or a tensor that is not in the shard the index says.
 */
export function readSafetensors(path: string): SafetensorsFile {
  const { files, expected } = shardsOf(path);
  const descriptors = new Map<string, number>();
  const close = (): void => {
    for (const descriptor of descriptors.values()) closeSync(descriptor);
    descriptors.clear();
  };
  const tensors = new Map<string, SafetensorsInfo>();
  const fileOf = new Map<string, string>();
  let metadata: Readonly<Record<string, string>> = {};
  try {
    for (const file of files) {
      const descriptor = openForReading(file);
      descriptors.set(file, descriptor);
      const header = readSafetensorsHeader(file, descriptor);
      metadata = { ...metadata, ...header.metadata };
      for (const info of header.tensors) {
        tensors.set(info.name, info);
        fileOf.set(info.name, file);
      }
    }
    for (const [name, file] of expected) if (fileOf.get(name) !== file) refuseSafetensors(file, `does not hold "${name}"`);
  } catch (error) {
    close();
    throw error;
  }
  const tensor = (name: string): SafetensorsInfo => {
    const info = tensors.get(name);
    if (!info) throw new InputError({ got: `${path} has no tensor "${name}"`, todo: "check that it holds the whole model" });
    return info;
  };
  const readRaw = (name: string): Uint8Array => {
    const { offset, bytes } = tensor(name);
    const file = fileOf.get(name)!;
    return readBytes({ path: file, descriptor: descriptors.get(file)!, offset, count: bytes });
  };
  return {
    path,
    metadata,
    tensors,
    tensor,
    readRaw,
    readTensor(name) {
      const { type } = tensor(name);
      const decode = decoders[type];
      if (!decode)
        throw new InputError({ got: `${path}: "${name}" has the type ${type}`, allowed: Object.keys(decoders).join(", ") });
      return decode(readRaw(name));
    },
    close,
  };
}
