// A GGUF file of a few kilobytes with the parts a real one has: scalars, arrays, a vector and a matrix.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ggufValue, type TensorToWrite, writeGguf } from "../../kernel-lib/src/models/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "selfspec-models-"));

export function randomValues(count: number, ...key: string[]): Float32Array {
  const random = deriveRandom("tiny", ...key);
  return Float32Array.from({ length: count }, () => random.normal());
}

export function writeTinyGguf(
  options: { architecture?: string; type?: string; tensors?: TensorToWrite[]; folder?: string } = {},
): string {
  const { architecture = "llama", type = "model", folder = temporaryFolder() } = options;
  const path = join(folder, "tiny.gguf");
  writeGguf({
    path,
    metadata: new Map([
      ["general.architecture", ggufValue.string(architecture)],
      ["general.type", ggufValue.string(type)],
      ["general.name", ggufValue.string("Tiny µ")],
      ["general.license", ggufValue.string("cc0-1.0")],
      ["general.file_type", ggufValue.u32(0)],
      [`${architecture}.block_count`, ggufValue.u32(3)],
      [`${architecture}.attention.layer_norm_rms_epsilon`, ggufValue.f32(1e-5)],
      ["tokenizer.ggml.add_bos_token", ggufValue.bool(false)],
      ["tokenizer.ggml.tokens", ggufValue.strings(["<unk>", "β", "", "a b"])],
    ]),
    tensors: options.tensors ?? [
      { name: "norm.weight", type: "F32", shape: [5], values: randomValues(5, "norm") },
      { name: "matrix.weight", type: "F32", shape: [6, 64], values: randomValues(384, "matrix") },
    ],
  });
  return path;
}
