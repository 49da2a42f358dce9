// `cache export` and `cache import`: calls out of a cache into a sealed bundle, and back into this or another cache.
import { InputError, RunError } from "../../runtime/index.js";
import { answererId } from "./answerer.js";
import { type BundledCall, type BundleManifest, readBundle, writeBundle } from "./bundle.js";
import type { CallCache } from "./call-cache.js";
import { usedCalls } from "./call-log.js";

export interface ExportedCalls {
  path: string;
  manifest: BundleManifest;
}

/**
 * Writes a replay bundle: of the calls that a run used, or of the whole cache.
 * @throws InputError when there is nothing to export; RunError when the cache lacks a call of the run, or a record cannot be read.
 */
export function exportCalls(options: { cache: CallCache; path: string; run?: string | undefined }): ExportedCalls {
  const { cache, path, run } = options;
  const keys = run === undefined ? [...cache.keys()] : usedCalls(run).sort();
  if (keys.length === 0)
    throw new InputError({ got: `no call in ${run ?? cache.directory}`, todo: "run something with the call cache on first" });
  const readCall = (key: string): BundledCall => {
    const found = cache.get(key);
    if (found && "record" in found) return { key, record: found.record };
    throw new RunError({
      got: `the cache ${found ? `cannot read call ${key} (${found.unreadable})` : `has no call ${key} any more`}`,
      todo:
        run === undefined
          ? "`selfspec cache prune` takes out what cannot be read"
          : "run it again: only what is missing is asked",
    });
  };
  const calls = function* (): Generator<BundledCall> {
    for (const key of keys) yield readCall(key);
  };
  return { path, manifest: writeBundle({ path, answerers: cache.answerers(), calls }) };
}

export interface ImportedCalls {
  added: number;
  /** Already there, and left as they were. */
  known: number;
  manifest: BundleManifest;
}

/** Records written at once. */
const batch = 1000;

/**
 * Merges a bundle into a cache, after all of it was checked.
 * @throws InputError naming what is wrong with the bundle; RunError when the disk is full.
 */
export async function importCalls({ cache, path }: { cache: CallCache; path: string }): Promise<ImportedCalls> {
  const manifest = await readBundle(path, () => {});
  const answerers = new Map(manifest.answerers.map((answerer) => [answererId(answerer.fingerprint), answerer]));
  let [added, known] = [0, 0];
  let writing: Promise<void>[] = [];
  await readBundle(path, async ({ key, record }) => {
    const found = cache.get(key);
    if (found && "record" in found) {
      known++;
      return;
    }
    added++;
    writing.push(cache.put(key, record, answerers.get(record.answerer)!));
    if (writing.length < batch) return;
    await Promise.all(writing);
    writing = [];
  });
  await Promise.all(writing);
  return { added, known, manifest };
}
