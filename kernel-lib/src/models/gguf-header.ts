// Parses the head of a GGUF file (versions 2 and 3, little-endian): metadata and where each tensor lies, following ggml's docs/gguf.md.
import { fstatSync, readSync } from "node:fs";
import { InputError } from "../runtime/index.js";
import { encodedValue, type GgufValue, scalarBytes, type ValueKind, valueKinds } from "./gguf-value.js";
import { truncated } from "./open-file.js";
import { bytesOf, type TensorType, tensorTypeOf, tensorTypes, typeTraits } from "./tensor-types.js";

export interface TensorInfo {
  readonly name: string;
  readonly type: TensorType;
  /** Row-major, slowest dimension first: a linear map is [out, in]. GGUF itself writes the reverse. */
  readonly shape: readonly number[];
  readonly elements: number;
  /** Where the tensor begins, in bytes from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface GgufHeader {
  version: number;
  metadata: Map<string, GgufValue>;
  tensors: Map<string, TensorInfo>;
}

const magic = "GGUF";
export const defaultAlignment = 32;

/** `size` rounded up to the alignment. */
export const aligned = (size: number, alignment: number): number => Math.ceil(size / alignment) * alignment;

/** Reads forward through the head of the file, growing its window as the metadata turns out to be longer. */
class HeadReader {
  #window = Buffer.alloc(0);
  #at = 0;
  readonly size: number;

  constructor(
    readonly path: string,
    readonly descriptor: number,
  ) {
    this.size = fstatSync(descriptor).size;
  }

  get at(): number {
    return this.#at;
  }

  #need(count: number): void {
    const end = this.#at + count;
    if (end > this.size) throw truncated(this.path, end, this.size);
    if (end <= this.#window.length) return;
    const grown = Buffer.alloc(Math.min(this.size, Math.max(end, 2 * this.#window.length, 1 << 20)));
    this.#window.copy(grown);
    for (let at = this.#window.length; at < grown.length; ) {
      const count = readSync(this.descriptor, grown, at, grown.length - at, at);
      if (count === 0) throw truncated(this.path, end, at);
      at += count;
    }
    this.#window = grown;
  }

  take(count: number): Buffer {
    this.#need(count);
    const part = this.#window.subarray(this.#at, this.#at + count);
    this.#at += count;
    return part;
  }

  u32(): number {
    return this.take(4).readUInt32LE();
  }

  u64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  string(): string {
    return this.take(this.u64()).toString("utf8");
  }

  kind(): ValueKind {
    const number = this.u32();
    const kind = valueKinds[number];
    if (!kind)
      throw new InputError({ got: `${this.path} has a metadata value of unknown kind ${number}`, todo: "fetch the file again" });
    return kind;
  }

  skip(kind: ValueKind): void {
    if (kind === "string") {
      this.take(this.u64());
    } else if (kind === "array") {
      const element = this.kind();
      const length = this.u64();
      if (element === "string" || element === "array") for (let i = 0; i < length; i++) this.skip(element);
      else this.take(length * scalarBytes[element]);
    } else {
      this.take(scalarBytes[kind]);
    }
  }

  value(): GgufValue {
    const kind = this.kind();
    const start = this.#at;
    this.skip(kind);
    return encodedValue(kind, this.#window.subarray(start, this.#at));
  }
}

function readTensorInfo(reader: HeadReader): TensorInfo {
  const name = reader.string();
  const rank = reader.u32();
  const shape = Array.from({ length: rank }, () => reader.u64()).reverse();
  const found = tensorTypeOf(reader.u32());
  if ("unreadable" in found)
    throw new InputError({
      got: `${reader.path}: tensor ${name} has the type ${found.unreadable}`,
      allowed: tensorTypes.join(", "),
      todo: "choose another file of this model",
    });
  const elements = shape.reduce((product, size) => product * size, 1);
  const { block } = typeTraits(found.type);
  if ((shape.at(-1) ?? 1) % block !== 0)
    throw new InputError({
      got: `${reader.path}: tensor ${name} has rows of ${shape.at(-1)} values`,
      allowed: `whole blocks of ${block} for ${found.type}`,
      todo: "fetch the file again",
    });
  return { name, type: found.type, shape, elements, offset: reader.u64(), bytes: bytesOf(found.type, elements) };
}

/**
 * Parses the head of an open GGUF file.
 * @throws InputError for a file that is not GGUF, is truncated anywhere, or holds a tensor type that cannot be read.
 */
export function readHeader(path: string, descriptor: number): GgufHeader {
  const reader = new HeadReader(path, descriptor);
  const start = reader.take(Math.min(4, reader.size)).toString("latin1");
  if (start !== magic)
    throw new InputError({
      got: `${path} is not a GGUF file (it begins with ${JSON.stringify(start)})`,
      allowed: `files that begin with "${magic}"`,
      todo: "check the path",
    });
  const version = reader.u32();
  if (version !== 2 && version !== 3)
    throw new InputError({
      got: version > 0xffff ? `${path} is a big-endian GGUF file` : `${path} is GGUF version ${version}`,
      allowed: "versions 2 and 3, little-endian",
      todo: "convert it with llama.cpp's tools",
    });
  const tensorCount = reader.u64();
  const metadataCount = reader.u64();
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < metadataCount; i++) metadata.set(reader.string(), reader.value());
  const infos: TensorInfo[] = [];
  for (let i = 0; i < tensorCount; i++) infos.push(readTensorInfo(reader));
  const alignment = metadata.get("general.alignment")?.data;
  const dataStart = aligned(reader.at, typeof alignment === "number" ? alignment : defaultAlignment);
  const tensors = new Map(infos.map((info) => [info.name, { ...info, offset: dataStart + info.offset }]));
  const needs = Math.max(reader.at, ...[...tensors.values()].map((info) => info.offset + info.bytes));
  if (needs > reader.size) throw truncated(path, needs, reader.size);
  return { version, metadata, tensors };
}
