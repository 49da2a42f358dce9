// Reads and writes safetensors files of float32 tensors: an 8-byte header length, a JSON header, the data.
import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError, writeAtomic } from "../runtime/index.js";

export interface FloatTensor {
  shape: readonly number[];
  values: Float32Array;
}

export interface SafetensorsFile {
  tensors: ReadonlyMap<string, FloatTensor>;
  metadata: Readonly<Record<string, string>>;
}

const entrySchema = z.object({
  dtype: z.literal("F32"),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

/** Writes atomically, tensors in the order of the map. */
export function writeSafetensors(path: string, { tensors, metadata }: SafetensorsFile): void {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / 8) * 8; // padded with spaces, so that the data is aligned
  const bytes = Buffer.alloc(8 + headerBytes + offset, " ");
  bytes.writeBigUInt64LE(BigInt(headerBytes));
  text.copy(bytes, 8);
  let at = 8 + headerBytes;
  for (const { values } of tensors.values()) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  writeAtomic(path, bytes);
}

/** @throws InputError for a missing, truncated or malformed file, or tensors that are not float32. */
export function readSafetensors(path: string): SafetensorsFile {
  const refuse = (fault: string): never => {
    throw new InputError({ got: `${path} ${fault}`, allowed: "a safetensors file of F32 tensors" });
  };
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return refuse(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const dataAt = bytes.length >= 8 ? 8 + Number(bytes.readBigUInt64LE()) : Number.POSITIVE_INFINITY;
  if (dataAt > bytes.length) return refuse(`is truncated: ${bytes.length} bytes`);
  let header: Record<string, unknown>;
  try {
    header = z.record(z.string(), z.unknown()).parse(JSON.parse(bytes.toString("utf8", 8, dataAt)));
  } catch {
    return refuse("has no JSON header");
  }
  const tensors = new Map<string, FloatTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const parsed = entrySchema.safeParse(entry);
    if (!parsed.success) return refuse(`holds "${name}", which is not a float32 tensor`);
    const { shape, data_offsets: offsets } = parsed.data;
    const count = shape.reduce((product, size) => product * size, 1);
    if (offsets[1] - offsets[0] !== 4 * count || dataAt + offsets[1] > bytes.length) return refuse(`is truncated in "${name}"`);
    const copy = Uint8Array.from(bytes.subarray(dataAt + offsets[0], dataAt + offsets[1])); // aligned for float32
    tensors.set(name, { shape, values: new Float32Array(copy.buffer) });
  }
  return { tensors, metadata: z.record(z.string(), z.string()).catch({}).parse(header.__metadata__) };
}
