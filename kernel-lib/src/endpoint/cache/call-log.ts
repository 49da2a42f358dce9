// The keys of the calls that a run was answered from, so that its own calls can be exported out of a cache that holds many runs.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, openJsonlLog, readJsonl } from "../../runtime/index.js";

const usedCallSchema = z.strictObject({ key: z.string().regex(/^[0-9a-f]{64}$/) });

/** The log's name in a run's folder. */
export const callLogName = "calls.jsonl";

export interface CallLog {
  /** Each key once; it is on disk when this returns. */
  add(key: string): void;
  close(): void;
}

export function openCallLog(path: string): CallLog {
  const log = openJsonlLog(path, usedCallSchema, "used call");
  const keys = new Set(log.rows.map(({ key }) => key));
  return {
    add(key) {
      if (keys.has(key)) return;
      log.append({ key });
      keys.add(key);
    },
    close: () => log.close(),
  };
}

/** The keys that a run used. @throws InputError when the folder holds no such log. */
export function usedCalls(runDirectory: string): string[] {
  const path = join(runDirectory, callLogName);
  if (!existsSync(path))
    throw new InputError({
      got: `${runDirectory} holds no ${callLogName}`,
      allowed: "the folder of a run whose calls were cached",
      todo: "check the path, or run it again with the call cache on",
    });
  return [...new Set(readJsonl(path, usedCallSchema, "used call").map(({ key }) => key))];
}
