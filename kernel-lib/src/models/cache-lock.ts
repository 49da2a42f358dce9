// Two commands that need the same file: the second waits for the first instead of failing or fetching it twice.
import { setTimeout as pause } from "node:timers/promises";
import { InputError, lockDirectory, type OnProgress, throwIfStopped } from "../runtime/index.js";

const retryMs = 300;

/**
 * Runs `work` while holding the lock of a cache directory, waiting for as long as another process holds it.
 * @throws StoppedError when the signal aborts while waiting.
 */
export async function withCacheLock<T>(options: {
  directory: string;
  stage: string;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
  work: () => Promise<T> | T;
}): Promise<T> {
  const { directory, stage, onProgress, signal, work } = options;
  let unlock: (() => void) | undefined;
  for (let waits = 0; !unlock; waits++) {
    throwIfStopped(signal, stage);
    try {
      unlock = lockDirectory(directory);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (waits === 0) onProgress?.({ stage, state: "running", message: "another process is at it; waiting", seconds: 0 });
      await pause(retryMs);
    }
  }
  try {
    return await work();
  } finally {
    unlock();
  }
}
