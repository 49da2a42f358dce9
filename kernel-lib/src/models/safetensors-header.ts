// The head of a safetensors file, following the format's README: eight bytes of header length, a JSON table of tensors, the data.
import { fstatSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../runtime/index.js";
import { readBytes, truncated } from "./open-file.js";

/** Bytes a value of each type that safetensors knows. */
const typeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  U16: 2,
  U32: 4,
  U64: 8,
  BOOL: 1,
} as const;

export type SafetensorsType = keyof typeof typeBytes;

export interface SafetensorsInfo {
  readonly name: string;
  readonly type: SafetensorsType;
  /** Row-major, slowest dimension first. */
  readonly shape: readonly number[];
  readonly elements: number;
  /** Where the tensor begins, in bytes from the start of its file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly SafetensorsInfo[];
}

const largestHeader = 100_000_000; // the limit of the format's own reader

const whole = z.number().int().nonnegative();
const entrySchema = z.object({ dtype: z.string(), shape: z.array(whole), data_offsets: z.tuple([whole, whole]) });
const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string()).default({});

export function refuseSafetensors(path: string, fault: string): never {
  throw new InputError({ got: `${path} ${fault}`, allowed: "a safetensors file", todo: "fetch it again, or check the path" });
}

function readTable(path: string, descriptor: number, size: number): { table: Record<string, unknown>; dataAt: number } {
  if (size < 8) throw truncated(path, 8, size);
  const length = Number(Buffer.from(readBytes({ path, descriptor, offset: 0, count: 8 })).readBigUInt64LE());
  if (length > largestHeader) refuseSafetensors(path, `says that its header is ${length} bytes long`);
  if (8 + length > size) throw truncated(path, 8 + length, size);
  const text = Buffer.from(readBytes({ path, descriptor, offset: 8, count: length })).toString("utf8");
  try {
    return { table: headerSchema.parse(JSON.parse(text)), dataAt: 8 + length };
  } catch {
    return refuseSafetensors(path, "has no JSON header");
  }
}

/**
 * Parses the head of an open safetensors file.
 * @throws InputError for a file that is not safetensors, is truncated anywhere, or whose table does not add up.
 */
export function readSafetensorsHeader(path: string, descriptor: number): SafetensorsHeader {
  const { size } = fstatSync(descriptor);
  const { table, dataAt } = readTable(path, descriptor, size);
  const { __metadata__, ...entries } = table;
  const tensors = Object.entries(entries).map(([name, entry]): SafetensorsInfo => {
    const parsed = entrySchema.safeParse(entry);
    if (!parsed.success) return refuseSafetensors(path, `has a malformed entry "${name}"`);
    const { dtype, shape, data_offsets } = parsed.data;
    if (!Object.hasOwn(typeBytes, dtype))
      throw new InputError({ got: `${path}: "${name}" has the type ${dtype}`, allowed: Object.keys(typeBytes).join(", ") });
    const type = dtype as SafetensorsType;
    const elements = shape.reduce((product, length) => product * length, 1);
    const [begin, end] = data_offsets;
    if (end - begin !== elements * typeBytes[type])
      return refuseSafetensors(path, `gives "${name}" ${end - begin} bytes for [${shape}] of ${type}`);
    if (dataAt + end > size) throw truncated(path, dataAt + end, size);
    return { name, type, shape, elements, offset: dataAt + begin, bytes: end - begin };
  });
  const metadata = metadataSchema.safeParse(__metadata__);
  return { metadata: metadata.success ? metadata.data : refuseSafetensors(path, "has malformed metadata"), tensors };
}
