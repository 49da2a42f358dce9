// An endpoint that calls nobody: it answers from a replay bundle, with neither server nor model file nor key.
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { InputError, RunError, throwIfStopped } from "../../runtime/index.js";
import { adapterDigest } from "../adapter-digest.js";
import type { CompletionRequest, Endpoint } from "../endpoint.js";
import type { Answerer } from "./answerer.js";
import { type BundleManifest, readBundle } from "./bundle.js";
import { callKey } from "./call-key.js";
import { type CallRecord, restoreCompletion } from "./call-record.js";

export interface OpenReplayOptions {
  /** The path of a bundle. */
  bundle: string;
  /** The base model; needed only where the bundle holds calls of several. */
  model?: string | undefined;
}

/** Who answered for each model name of one base. */
function answerersOf({ answerers }: BundleManifest, bundle: string, asked: string | undefined): Map<string, Answerer> {
  const bases = [...new Set(answerers.map(({ base }) => base))];
  const base = asked ?? bases[0];
  if (base === undefined || !bases.includes(base) || (asked === undefined && bases.length > 1))
    throw new InputError({
      got: asked === undefined ? `${bundle} holds calls of ${bases.length} models` : `${bundle} holds no call of ${asked}`,
      allowed: bases.join(", "),
      todo: "name one of them",
    });
  const byName = new Map<string, Answerer>();
  for (const answerer of answerers.filter((one) => one.base === base)) {
    if (byName.has(answerer.model))
      throw new InputError({
        got: `${bundle} holds calls of ${answerer.model} at several servers or model files`,
        allowed: "a bundle of one run",
        todo: "export it with `selfspec cache export FILE --run DIR`",
      });
    byName.set(answerer.model, answerer);
  }
  return byName;
}

const shown = (prompt: string): string => JSON.stringify(prompt.length > 80 ? `${prompt.slice(0, 80)}…` : prompt);

/** The recorded model name of an adapter; a file that is there has to be the one that was recorded. */
async function findAdapter(answerers: Iterable<Answerer>, bundle: string, name: string, path: string): Promise<string> {
  const named = [...answerers].filter(({ adapter }) => adapter?.name === name);
  const digest = existsSync(path) ? await adapterDigest(path) : undefined;
  const fitting = digest === undefined ? named : named.filter(({ adapter }) => adapter?.sha256 === digest);
  if (fitting.length === 1) return fitting[0]!.model;
  throw new RunError({
    got: `${bundle} has ${fitting.length === 0 ? "no" : "more than one"} adapter "${name}"${digest ? ` with SHA-256 ${digest.slice(0, 16)}…` : ""}`,
    allowed:
      named.map(({ adapter }) => `${name} ${adapter?.sha256.slice(0, 16)}…`).join(", ") || "no adapter: none was asked anything",
    todo: "replay with the adapter that was recorded, or run without the bundle",
  });
}

/**
 * Opens a bundle, all of it in memory. Keys are computed as when it was recorded, from the manifest's fingerprints.
 * @throws InputError when the bundle is missing, broken or edited, or `model` does not name one of its bases. A call that it does not hold is a
 * RunError with its key.
 */
export async function openReplay({ bundle, model: asked }: OpenReplayOptions): Promise<Endpoint> {
  const records = new Map<string, CallRecord>();
  const manifest = await readBundle(bundle, ({ key, record }) => {
    records.set(key, record);
  });
  const file = basename(bundle);
  const answerers = answerersOf(manifest, file, asked);
  const [{ base, concurrency }] = [...answerers.values()] as [Answerer, ...Answerer[]];

  const answererOf = (model: string, prompt?: string): Answerer => {
    const answerer = answerers.get(model);
    if (answerer) return answerer;
    throw new RunError({
      got: `${file} has no call of model ${model}${prompt === undefined ? "" : `, which was asked ${shown(prompt)}`}`,
      allowed: [...answerers.keys()].join(", "),
      todo: "replay the run that was recorded, or run without the bundle",
    });
  };

  return {
    baseURL: `replay:${manifest.sha256.slice(0, 16)}`,
    model: base,
    concurrency,
    description: `${base} · replay of ${manifest.records} calls, bundle ${manifest.sha256.slice(0, 16)}`,
    async complete(request: CompletionRequest) {
      throwIfStopped(request.signal, "a completion");
      const model = request.model ?? base;
      const { fingerprint } = answererOf(model, request.prompt);
      const key = callKey(request, { model, fingerprint });
      const record = records.get(key);
      if (record) return restoreCompletion(request, record);
      throw new RunError({
        got: `${file} has no call ${key} (${model} was asked ${shown(request.prompt)})`,
        allowed: "the calls of the run that was recorded",
        todo: "replay with its configuration, seeds and prompts, or run without the bundle",
      });
    },
    fingerprint: async (model = base) => answererOf(model).fingerprint,
    loadAdapter: ({ name, path }) => findAdapter(answerers.values(), file, name, path),
    close: async () => records.clear(),
  };
}
