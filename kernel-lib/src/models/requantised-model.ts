// The cached copy of a model in another tensor type, made once a machine.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { OnProgress } from "../runtime/index.js";
import { withCacheLock } from "./cache-lock.js";
import { type RequantisedType, requantise } from "./requantise.js";
import { type ResolvedModel, storedPath } from "./store.js";

/**
 * The path of `model` with its matrices as `type`, in the cache beside the file it was made from; made when it is not there
 * (seconds for a 135M model; see {@link requantise} for what it means).
 */
export async function requantisedModel(options: {
  model: Pick<ResolvedModel, "path" | "sha256" | "title">;
  type: RequantisedType;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const { model, type, onProgress, signal } = options;
  const target = storedPath(model.sha256, `requantised.${type}.gguf`);
  if (existsSync(target)) return target;
  return withCacheLock({
    directory: dirname(target),
    stage: `model as ${type}`,
    onProgress,
    signal,
    work() {
      if (!existsSync(target)) requantise({ source: model.path, target, type, onProgress, signal });
      return target;
    },
  });
}
