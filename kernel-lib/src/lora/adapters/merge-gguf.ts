// A new GGUF file with an adapter in its weights; metadata and tokenizer are carried over bit for bit.
import {
  type GgufFile,
  ggufValue,
  readGguf,
  type TensorInfo,
  type TensorToWrite,
  typeTraits,
  writeGguf,
} from "../../models/index.js";
import { InputError, type OnProgress, startStage } from "../../runtime/index.js";
import { interleaveRows } from "../transformer/rotation.js";
import type { Adapter } from "./adapter.js";
import { isInterleaved } from "./adapter-gguf.js";
import { weightUpdate } from "./adapter-matrices.js";
import { mergedKey, withMerged } from "./merge-record.js";
import { addInPlace, linearsByTensor } from "./merged-source.js";

export const mergedGgufTypes = ["F32", "F16", "BF16", "Q8_0"] as const;
export type MergedGgufType = (typeof mergedGgufTypes)[number];

const fileTypes: Record<MergedGgufType, number> = { F32: 0, F16: 1, Q8_0: 7, BF16: 32 }; // llama.cpp's llama_ftype

const chunkValues = 1 << 22; // an embedding is copied 16 MB of float32 at a time

function* copied(file: GgufFile, { name, shape, elements }: TensorInfo): Generator<Float32Array> {
  const width = shape.at(-1)!;
  const [rows, step] = [elements / width, Math.max(1, Math.floor(chunkValues / width))];
  for (let first = 0; first < rows; first += step) yield file.readRows(name, first, Math.min(step, rows - first));
}

/**
 * Writes `base` with the adapter added, every matrix as `type`, vectors as F32; atomically, and without touching `base`. Quantised
 * matrices are unpacked first: the merged weights are those of base + adapter, rounded once to `type`.
 * @throws InputError where the adapter is in it already, or a row does not fill the blocks of `type`.
 */
export function mergeGguf(options: {
  base: string;
  adapter: Adapter;
  target: string;
  type: MergedGgufType;
  onProgress?: OnProgress | undefined;
}): void {
  const { base, adapter, target, type, onProgress } = options;
  const { architecture } = adapter;
  const linears = linearsByTensor(adapter);
  const watch = startStage(`merge as ${type}`, onProgress);
  const file = readGguf(base);
  try {
    const merged = withMerged(base, (file.metadata.get(mergedKey)?.data ?? []) as string[], adapter);
    const infos = [...file.tensors.values()];
    const { block } = typeTraits(type);
    const narrow = infos.find(({ shape }) => shape.length > 1 && shape.at(-1)! % block !== 0);
    if (narrow)
      throw new InputError({
        got: `${narrow.name} with rows of ${narrow.shape.at(-1)} as ${type}`,
        allowed: `multiples of ${block}`,
      });
    let done = 0;
    const values = function* (info: TensorInfo): Generator<Float32Array> {
      const linear = linears.get(info.name);
      if (linear) {
        const update = weightUpdate(adapter, linear);
        const rows = isInterleaved(architecture, linear.name) ? interleaveRows(update, architecture.headSize, linear.in) : update;
        yield addInPlace(file.readTensor(info.name), rows);
      } else yield* copied(file, info);
      done++;
      watch.update({ done, total: infos.length, unit: "tensors" });
    };
    writeGguf({
      path: target,
      metadata: new Map(file.metadata)
        .set("general.file_type", ggufValue.u32(fileTypes[type]))
        .set(mergedKey, ggufValue.strings(merged)),
      tensors: infos.map(
        (info): TensorToWrite => ({
          name: info.name,
          type: info.shape.length > 1 ? type : "F32",
          shape: info.shape,
          values: { [Symbol.iterator]: () => values(info) },
        }),
      ),
    });
    watch.finish(target);
  } finally {
    file.close();
  }
}
