// Which model architectures the tfjs transformer implements; a GGUF file of any other is refused by name before anything starts.
import { InputError } from "../runtime/index.js";
import type { GgufFile } from "./gguf-file.js";

export const supportedArchitectures = ["llama", "qwen2", "qwen3", "gemma3", "gpt2"] as const;

/** @throws InputError naming the architecture when it is not one of {@link supportedArchitectures}, or the file is no base model. */
export function checkArchitecture(file: GgufFile): void {
  const type = file.text("general.type", "model");
  if (type !== "model")
    throw new InputError({
      got: `${file.path} holds a GGUF ${type}`,
      allowed: "a whole base model",
      todo: "name the base model; adapters go beside it",
    });
  if (!supportedArchitectures.some((name) => name === file.architecture))
    throw new InputError({
      got: `${file.path} has the architecture "${file.architecture}"`,
      allowed: supportedArchitectures.join(", "),
      todo: "choose another model (`selfspec models list`)",
    });
}
