// Writes safetensors files, streamed tensor by tensor.
import { writeParts } from "../runtime/index.js";
import { encodedChunks, type TensorToWrite } from "./gguf-writer.js";
import { bytesOf } from "./tensor-types.js";

/** A tensor of a type that safetensors has too. */
export type SafetensorsToWrite = TensorToWrite & { type: "F32" | "F16" | "BF16" };

function head(metadata: Readonly<Record<string, string>>, tensors: readonly SafetensorsToWrite[]): Buffer {
  const table: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, type, shape } of tensors) {
    const end =
      offset +
      bytesOf(
        type,
        shape.reduce((product, size) => product * size, 1),
      );
    table[name] = { dtype: type, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = Buffer.from(JSON.stringify(table));
  const padded = Math.ceil(text.length / 8) * 8; // with spaces, so that the data is aligned
  const bytes = Buffer.alloc(8 + padded, " ");
  bytes.writeBigUInt64LE(BigInt(padded));
  text.copy(bytes, 8);
  return bytes;
}

function* parts(metadata: Readonly<Record<string, string>>, tensors: readonly SafetensorsToWrite[]): Generator<Uint8Array> {
  yield head(metadata, tensors);
  for (const tensor of tensors) yield* encodedChunks(tensor);
}

/**
 * Writes a safetensors file atomically, tensors in their order; creates the folder.
 * @throws RunError when the disk is full or the folder not writable; Error when a tensor's values do not fill its shape.
 */
export function writeSafetensors(options: {
  path: string;
  tensors: readonly SafetensorsToWrite[];
  metadata?: Readonly<Record<string, string>>;
}): void {
  writeParts(options.path, parts(options.metadata ?? {}, options.tensors));
}
