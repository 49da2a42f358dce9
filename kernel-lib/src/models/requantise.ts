// The same model with its matrices in another type: F16 for agreement tests, Q8_0 or BF16 where llama.cpp's prompt kernels are faster.
import { type OnProgress, startStage, throwIfStopped } from "../runtime/index.js";
import { type GgufFile, readGguf } from "./gguf-file.js";
import type { TensorInfo } from "./gguf-header.js";
import { ggufValue } from "./gguf-value.js";
import { type TensorToWrite, writeGguf } from "./gguf-writer.js";

export type RequantisedType = "F16" | "BF16" | "Q8_0";

export const requantisedTypes: readonly RequantisedType[] = ["F16", "BF16", "Q8_0"];

// llama.cpp's llama_ftype, which `general.file_type` carries.
const fileTypes: Record<RequantisedType, number> = { F16: 1, Q8_0: 7, BF16: 32 };

// 4M values at a time: 16 MB of float32, so a 260k-token embedding needs no gigabyte.
const chunkValues = 1 << 22;

function* rowChunks(file: GgufFile, info: TensorInfo): Generator<Float32Array> {
  const width = info.shape.at(-1)!;
  const rows = info.elements / width;
  const step = Math.max(1, Math.floor(chunkValues / width));
  for (let first = 0; first < rows; first += step) yield file.readRows(info.name, first, Math.min(step, rows - first));
}

/**
 * Writes the model in `source` to `target` with every matrix dequantised and encoded as `type`; vectors (norms) become F32.
 * Metadata, tokenizer included, is carried bit for bit, except `general.file_type`. Tensors of one type are dequantised first,
 * so the new file holds the nearest values to what the old one holds, not to the original model. Seconds for a 135M model.
 * @throws InputError for a source that cannot be read, StoppedError when the signal aborts; the target then does not exist.
 */
export function requantise(options: {
  source: string;
  target: string;
  type: RequantisedType;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}): void {
  const { source, target, type, onProgress, signal } = options;
  const stage = `model as ${type}`;
  const file = readGguf(source);
  try {
    const watch = startStage(stage, onProgress);
    const total = Math.round([...file.tensors.values()].reduce((sum, info) => sum + info.elements, 0) / 1e6);
    let done = 0;
    const values = function* (info: TensorInfo): Generator<Float32Array> {
      for (const chunk of rowChunks(file, info)) {
        throwIfStopped(signal, stage);
        yield chunk;
        done += chunk.length;
        watch.update({ done: Math.round(done / 1e6), total, unit: "M weights" });
      }
    };
    const tensors = [...file.tensors.values()].map(
      (info): TensorToWrite => ({
        name: info.name,
        type: info.shape.length > 1 ? type : "F32",
        shape: info.shape,
        values: { [Symbol.iterator]: () => values(info) },
      }),
    );
    const metadata = new Map(file.metadata).set("general.file_type", ggufValue.u32(fileTypes[type]));
    writeGguf({ path: target, metadata, tensors });
    watch.finish();
  } finally {
    file.close();
  }
}
