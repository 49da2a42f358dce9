// One file from the Hugging Face hub, continued where an interrupted download stopped.
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileDownloadInfo, downloadFile as openHubFile } from "@huggingface/hub";
import { explainWriteError, type OnProgress, RunError, startStage, throwIfStopped } from "../runtime/index.js";
import type { HubSource } from "./registry.js";

/**
 * Fetches a hub file into `folder`. What has arrived stays in `<etag>.partial`, and the next call continues it.
 * @returns the finished file's path
 * @throws RunError when the hub cannot be reached or has no such file; StoppedError on abort, the part is kept.
 */
export async function downloadFromHub(options: {
  source: HubSource;
  folder: string;
  stage: string;
  fetch?: typeof fetch | undefined;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const { source, folder, stage, onProgress, signal } = options;
  const name = `${source.repo}:${source.path}`;
  const where = {
    repo: source.repo,
    path: source.path,
    revision: source.revision,
    ...(options.fetch && { fetch: options.fetch }),
  };
  const unreachable = (error: unknown): never => {
    const cause = (error as Error).cause instanceof Error ? ` (${((error as Error).cause as Error).message})` : "";
    throw new RunError({ got: `Hugging Face hub, ${name}: ${(error as Error).message}${cause}` }, { cause: error });
  };
  const info = await fileDownloadInfo(where).catch(unreachable);
  if (!info) throw new RunError({ got: `the Hugging Face hub has no ${name} at revision ${source.revision}` });
  // The plain HTTP route: it can be asked for any range, so a part can be continued.
  const blob = await openHubFile({ ...where, downloadInfo: info, xet: false }).catch(unreachable);
  if (!blob) throw new RunError({ got: `the Hugging Face hub has no ${name} at revision ${source.revision}` });

  mkdirSync(folder, { recursive: true });
  const partial = join(folder, `${info.etag.replace(/[^\w.-]/g, "")}.partial`);
  const file = openSync(partial, "a");
  try {
    let have = fstatSync(file).size;
    const watch = startStage(stage, onProgress, Math.round(have / 1e6));
    const total = Math.round(blob.size / 1e6);
    if (have < blob.size) {
      const reader = blob.slice(have, blob.size).stream().getReader();
      for (;;) {
        throwIfStopped(signal, stage);
        const { value, done } = await reader.read().catch(unreachable);
        if (done) break;
        try {
          for (let at = 0; at < value.length; ) at += writeSync(file, value, at);
        } catch (error) {
          explainWriteError(partial, error);
        }
        have += value.length;
        watch.update({ done: Math.round(have / 1e6), total, unit: "MB" });
      }
    }
    if (have !== blob.size)
      throw new RunError({
        got: `${name} ended after ${have} of ${blob.size} bytes`,
        todo: "the part is kept; the same command continues",
      });
    watch.finish();
  } finally {
    closeSync(file);
  }
  const finished = join(folder, "hub.gguf");
  renameSync(partial, finished);
  return finished;
}
