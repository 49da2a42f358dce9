// Whatever a user calls a model, registry id, path or hub id, becomes one checked GGUF file on this machine.
import { existsSync, mkdirSync, realpathSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { cacheDirectory, InputError, type OnProgress, RunError, sha256 } from "../runtime/index.js";
import { withCacheLock } from "./cache-lock.js";
import { downloadFromHub } from "./hub.js";
import { pullModel } from "./pull.js";
import { type HubSource, knownModel } from "./registry.js";
import { inspect, knownIds, type ResolvedModel, recall, remember, storedPath } from "./store.js";

export interface ResolveOptions {
  /** A registry id ("smollm2-135m-instruct"), the path of a GGUF file, or "owner/name:file.gguf" on the Hugging Face hub. */
  model: string;
  onProgress?: OnProgress | undefined;
  /** Never touch the network; default false. */
  offline?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** For the hub's requests; default the global one. */
  fetch?: typeof fetch | undefined;
}

const hubId = /^(?<repo>[\w.-]+\/[\w.-]+):(?<path>[^:]+\.gguf)$/i;

function refuseSafetensors(model: string): never {
  throw new InputError({
    got: `${model} is a safetensors model`,
    allowed: "GGUF files: the server and the trainer read the same file",
    todo: "convert it with llama.cpp's convert_hf_to_gguf.py and give the GGUF file",
  });
}

async function resolvePath(model: string): Promise<ResolvedModel> {
  const path = realpathSync(model);
  if (path.endsWith(".safetensors")) refuseSafetensors(model);
  if (statSync(path).isDirectory()) {
    if (existsSync(`${path}/model.safetensors`) || existsSync(`${path}/model.safetensors.index.json`)) refuseSafetensors(model);
    throw new InputError({ got: `${model} is a folder`, allowed: "a GGUF file", todo: "name the file in it" });
  }
  return recall(path) ?? remember(path, await inspect(path));
}

async function resolveHub(id: string, source: HubSource, options: ResolveOptions): Promise<ResolvedModel> {
  const found = recall(id);
  if (found) return found;
  if (options.offline)
    throw new RunError({
      got: `${id} is not in the cache, and the run is offline`,
      todo: `get it from https://huggingface.co/${source.repo} and give its path`,
    });
  const { onProgress, signal, fetch } = options;
  const stage = `model ${id}`;
  const directory = cacheDirectory("models", "hub", sha256(id).slice(0, 12));
  return withCacheLock({
    directory,
    stage,
    onProgress,
    signal,
    async work() {
      const fetched = recall(id);
      if (fetched) return fetched;
      const arrived = await downloadFromHub({ source, folder: directory, stage, fetch, onProgress, signal });
      const described = await inspect(arrived);
      const path = storedPath(described.sha256, source.path.replace(/^.*\//, ""));
      mkdirSync(dirname(path), { recursive: true });
      renameSync(arrived, path);
      return remember(id, { ...described, id, path });
    },
  });
}

/**
 * Finds the model in the cache (a receipt spares the second hashing) or fetches it, and refuses what cannot be trained.
 * @throws InputError for an unknown name, a file that is not readable GGUF, is truncated, is of another architecture or has terms
 *   that were not accepted; RunError when it cannot be fetched; StoppedError on abort.
 */
export async function resolveModel(options: ResolveOptions): Promise<ResolvedModel> {
  const { model } = options;
  const known = knownModel(model);
  if (known) return recall(known.id) ?? (await pullModel({ ...options, id: known.id }));
  const hub = hubId.exec(model)?.groups as { repo: string; path: string } | undefined;
  if (existsSync(model)) return resolvePath(model);
  if (hub) return resolveHub(model, { ...hub, revision: "main" }, options);
  throw new InputError({
    got: /[/\\]|\.gguf$/.test(model) ? `model file ${model} does not exist` : `unknown model "${model}"`,
    allowed: `${knownIds()}, the path of a GGUF file, or owner/name:file.gguf on the Hugging Face hub`,
    todo: "see `npm run selfspec -- models list`",
  });
}
