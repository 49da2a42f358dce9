// Brings the original benchmark files into the cache: from their public repositories, or from a folder of the user's.
import {
  cacheDirectory,
  InputError,
  type OnProgress,
  RunError,
  sha256,
  startStage,
  throwIfStopped,
  writeAtomic,
} from "../../runtime/index.js";
import type { BenchmarkFile } from "../tasks/task.js";
import { benchmarkFolder, cachedBenchmarkFile, findInCache, findInFolder } from "./find.js";
import { readBenchmarkFile, wrongChecksum } from "./read.js";
import { filesOfTasks } from "./select.js";

export type PulledFile =
  | {
      name: string;
      /** Where it lies now. */
      path: string;
      bytes: number;
      /** `kept`: it was there, with the right checksum where one is pinned. */
      how: "kept" | "copied" | "downloaded";
    }
  /** The user's own file, which is not there and which nobody can download: what to do to have it. */
  | { name: string; how: "skipped"; obtain: string };

export interface PullOptions {
  /** Task ids; all by default. */
  tasks?: readonly string[];
  /** Copies from this folder and downloads nothing. */
  from?: string;
  fetch?: typeof fetch;
  signal?: AbortSignal;
  onProgress?: OnProgress;
  /** How long a download may take before it counts as failed, in milliseconds; default 60,000. */
  timeoutMs?: number;
}

type DownloadedFile = BenchmarkFile & { url: string };
const canBeDownloaded = (file: BenchmarkFile): file is DownloadedFile => file.url !== undefined;

/** A file that could not be had, and why. */
interface Missing {
  file: DownloadedFile;
  reason: string;
}

/** A server that answers, but not with the file; other files may still come. */
class HttpStatusError extends Error {}

/** Ends after `timeoutMs`, or when the user stops. */
async function download(
  file: DownloadedFile,
  options: Required<Pick<PullOptions, "fetch" | "timeoutMs">> & Pick<PullOptions, "signal">,
) {
  const { fetch: fetchFile, timeoutMs, signal } = options;
  const ender = new AbortController();
  const stop = (): void => ender.abort(signal?.reason);
  const timer = setTimeout(() => ender.abort(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  signal?.addEventListener("abort", stop);
  try {
    const response = await fetchFile(file.url, { signal: ender.signal });
    if (!response.ok) throw new HttpStatusError(`HTTP ${response.status} from ${file.url}`);
    return Buffer.from(await response.arrayBuffer());
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** `fetch failed` alone says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
}

function nameMissing(missing: readonly Missing[], from: string | undefined, inPlace: number): Error {
  const names = missing.map(({ file }) => file.name).join(", ");
  const [count, them] = missing.length === 1 ? ["1 benchmark file", "it"] : [`${missing.length} benchmark files`, "them"];
  const byHand = `put ${them} by hand under ${cacheDirectory("benchmarks")}; \`npm run selfspec -- data check --json\` tells the addresses`;
  if (from !== undefined)
    return new InputError({
      got: `${count} not found in ${from}: ${names}${inPlace > 0 ? ` (already in the cache: ${inPlace})` : ""}`,
      allowed: "a folder that holds them under these names, directly or under raw/",
      todo: `leave out --from to download, name the tasks that are wanted with --task, or ${byHand}`,
    });
  return new RunError({ got: `${count} could not be downloaded (${missing[0]!.reason}): ${names}`, todo: byHand });
}

/**
 * Puts every file of the tasks into the cache, each checked and written atomically; files already there are kept, so an
 * interrupted pull continues. Two pulls at once do no harm: both write the same bytes. A file that is the user's own is
 * taken from `from`, also where the cache has another one, and skipped where it is not there.
 * @returns a row a file.
 * @throws RunError naming each file that could not be downloaded and where to put it by hand; InputError for an unknown task,
 * a `from` that lacks a file, or a wrong checksum, in the cache too: nothing is overwritten or deleted.
 */
export async function pullBenchmarks(options: PullOptions = {}): Promise<PulledFile[]> {
  const { tasks, from, fetch: fetchFile = fetch, signal, onProgress, timeoutMs = 60_000 } = options;
  const files = filesOfTasks(tasks);
  const folder = from === undefined ? undefined : benchmarkFolder(from);
  const watch = startStage("benchmarks", onProgress);
  const pulled: PulledFile[] = [];
  const missing: Missing[] = [];
  let networkDown: string | undefined;

  const fetchChecked = async (file: DownloadedFile): Promise<Buffer | undefined> => {
    if (networkDown !== undefined) {
      missing.push({ file, reason: networkDown });
      return undefined;
    }
    try {
      const bytes = await download(file, { fetch: fetchFile, timeoutMs, ...(signal && { signal }) });
      const got = sha256(bytes);
      if (got !== file.sha256) throw wrongChecksum(file, `what ${file.url} sent`, got);
      return bytes;
    } catch (error) {
      throwIfStopped(signal, "benchmarks");
      if (error instanceof InputError) throw error;
      const reason = reasonOf(error);
      if (!(error instanceof HttpStatusError)) networkDown = reason;
      missing.push({ file, reason });
      return undefined;
    }
  };

  /** Undefined where it could not be had; `missing` then says why. */
  const obtain = async (file: BenchmarkFile): Promise<PulledFile | undefined> => {
    const { name } = file;
    const kept = findInCache(file);
    const path = cachedBenchmarkFile(name);
    const copy = folder && findInFolder(folder, file);
    // No checksum tells whether the user's own file in the cache is still the one that is meant: the folder that is named decides.
    const isNewer = copy !== undefined && file.sha256 === undefined;
    if (kept !== undefined && !isNewer) return { name, path: kept, bytes: readBenchmarkFile(file, kept).length, how: "kept" };
    if (copy) {
      const bytes = readBenchmarkFile(file, copy);
      writeAtomic(path, bytes);
      return { name, path, bytes: bytes.length, how: "copied" };
    }
    if (!canBeDownloaded(file)) return { name, how: "skipped", obtain: file.obtain ?? "put it there by hand" };
    if (folder !== undefined) missing.push({ file, reason: "not in the folder" });
    const bytes = folder === undefined ? await fetchChecked(file) : undefined;
    if (bytes === undefined) return undefined;
    writeAtomic(path, bytes);
    return { name, path, bytes: bytes.length, how: "downloaded" };
  };

  for (const file of files) {
    throwIfStopped(signal, "benchmarks");
    const row = await obtain(file);
    if (row === undefined) continue;
    pulled.push(row);
    watch.update({ done: pulled.length, total: files.length, unit: "files", message: `${row.name} ${row.how}` });
  }
  if (missing.length > 0) throw nameMissing(missing, from, pulled.filter(({ how }) => how !== "skipped").length);
  watch.finish(`${pulled.length} files`);
  return pulled;
}
