// Weights from a GGUF file. Llama's q and k rows are put back from llama.cpp's interleaved order; Gemma's "+ 1" of norm weights is
// already in the file, as llama.cpp's converter adds it.
import { readGguf, typeTraits } from "../../models/index.js";
import { ggufArchitecture } from "./gguf-architecture.js";
import { deinterleaveRows } from "./rotation.js";
import { checkTensors, modelTensors } from "./tensor-names.js";
import type { WeightSource } from "./weight-source.js";

// An untied head, and the rotary divisors that the architecture carries.
const besides = /^(output|rope_freqs)\.weight$/;
const plainTypes = ["F32", "F16", "BF16"];

/** @throws InputError for files that are no GGUF model, and for architectures that the transformer does not compute. */
export function openGgufSource(path: string): WeightSource {
  const file = readGguf(path);
  try {
    const architecture = ggufArchitecture(file);
    checkTensors({
      path,
      architecture,
      names: file.tensors.keys(),
      expected: modelTensors(architecture).keys(),
      ignored: besides,
    });
    const interleaved = (name: string): boolean => architecture.interleavedRotation && /\.attn_[qk]\.(weight|bias)$/.test(name);
    return {
      path,
      architecture,
      has: (name) => file.tensors.has(name),
      shape: (name) => file.tensor(name).shape,
      read(name) {
        const values = file.readTensor(name);
        const width = file.tensor(name).shape[1] ?? 1;
        return interleaved(name) ? deinterleaveRows(values, architecture.headSize, width) : values;
      },
      stored(name) {
        const { type, shape } = file.tensor(name);
        if (plainTypes.includes(type) || shape.length !== 2) return undefined;
        const [rows, columns] = shape as [number, number];
        const bytes = file.readRaw(name);
        const { block, bytes: blockBytes } = typeTraits(type);
        const rowBytes = (columns / block) * blockBytes;
        return {
          bytes: interleaved(name) ? deinterleaveRows(bytes, architecture.headSize, rowBytes) : bytes,
          type,
          rows,
          columns,
        };
      },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}
