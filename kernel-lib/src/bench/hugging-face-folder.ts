// The base model as Hugging Face transformers reads it: the GGUF's weights dequantised by us, so that both sides train the same numbers.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { openGgufSource, writeTransformersFolder } from "../lora/index.js";
import { cacheDirectory, InputError, sha256 } from "../runtime/index.js";

/**
 * Writes model.safetensors (float32) and config.json into the bench's cache, once a model file.
 * @returns the folder.
 * @throws InputError for other architectures than Llama's: the comparison is made with one model.
 */
export function huggingFaceFolder(modelPath: string): string {
  const { size, mtimeMs } = statSync(modelPath);
  const folder = cacheDirectory("bench", "models", sha256(`${modelPath} ${size} ${mtimeMs}`).slice(0, 12));
  if (existsSync(join(folder, "config.json"))) return folder;
  const source = openGgufSource(modelPath);
  try {
    const { architecture } = source;
    if (architecture.name !== "llama" || architecture.rotationOf(0).scaling.type !== "none")
      throw new InputError({
        got: `${modelPath} of the architecture "${architecture.name}"`,
        allowed: "Llama models without scaled rotation, beside PEFT",
        todo: "measure it by --sides tfjs",
      });
  } finally {
    source.close();
  }
  writeTransformersFolder({ base: modelPath, target: folder }); // config.json comes last: a folder without it was not finished
  return folder;
}
