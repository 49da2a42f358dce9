// What an execution of a run asked a model for, and what the call cache answered in its place.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { callLogName, openCallCache, type Usage } from "../../endpoint/index.js";
import { clock, readJsonl } from "../../runtime/index.js";
import type { ExecuteOptions, Run } from "../run.js";
import type { RunResult } from "../run-result.js";

export interface CallCount {
  /** Calls that the run needed now; none where its stages were finished. */
  needed: number;
  /** Answered by a model, and by the cache. */
  asked: number;
  cached: number;
  /** What those of the cache took when they were asked. */
  saved: Usage;
}

export interface CountedExecution {
  result: RunResult;
  calls: CallCount;
}

const keysOf = (run: Run): string[] => {
  const path = join(run.directory.path, callLogName);
  return existsSync(path) ? readJsonl(path, z.looseObject({ key: z.string() }), "used call").map(({ key }) => key) : [];
};

/**
 * Executes and counts. An answer is the cache's where it was recorded before the execution began.
 * @throws as {@link Run.execute}.
 */
export async function executeCounted(run: Run, options: ExecuteOptions): Promise<CountedExecution> {
  const before = new Set(keysOf(run));
  const began = clock.isoDate();
  const result = await run.execute(options);
  const needed = keysOf(run).filter((key) => !before.has(key));
  const saved = { promptTokens: 0, completionTokens: 0 };
  let cached = 0;
  const cache = openCallCache();
  try {
    for (const key of needed) {
      const found = cache.get(key);
      if (found === undefined || !("record" in found) || found.record.date >= began) continue;
      cached++;
      saved.promptTokens += found.record.usage.promptTokens;
      saved.completionTokens += found.record.usage.completionTokens;
    }
  } finally {
    await cache.close();
  }
  return { result, calls: { needed: needed.length, asked: needed.length - cached, cached, saved } };
}
