// `cache stats`: what a call cache holds, and from whom.
import type { Answerer } from "./answerer.js";
import type { CallCache } from "./call-cache.js";

export interface AnswererStatistics extends Answerer {
  records: number;
  promptTokens: number;
  completionTokens: number;
}

export interface CallCacheStatistics {
  directory: string;
  records: number;
  /** Of the file on disk. */
  bytes: number;
  /** Records that cannot be read; the next prune takes them out. */
  unreadable: number;
  /** ISO 8601; null when there is no record. */
  oldest: string | null;
  newest: string | null;
  /** Those with most records first. */
  answerers: AnswererStatistics[];
}

/** Reads every record once. */
export function callStatistics(cache: CallCache): CallCacheStatistics {
  const counted = new Map(
    [...cache.answerers()].map(([id, answerer]): [string, AnswererStatistics] => [
      id,
      { ...answerer, records: 0, promptTokens: 0, completionTokens: 0 },
    ]),
  );
  let [records, unreadable] = [0, 0];
  let oldest: string | null = null;
  let newest: string | null = null;
  for (const { found } of cache.entries()) {
    records++;
    if ("unreadable" in found) {
      unreadable++;
      continue;
    }
    const { answerer, date, usage } = found.record;
    if (oldest === null || date < oldest) oldest = date;
    if (newest === null || date > newest) newest = date;
    const counts = counted.get(answerer);
    if (!counts) continue;
    counts.records++;
    counts.promptTokens += usage.promptTokens;
    counts.completionTokens += usage.completionTokens;
  }
  const answerers = [...counted.values()].filter((one) => one.records > 0).sort((a, b) => b.records - a.records);
  return { directory: cache.directory, records, bytes: cache.bytes(), unreadable, oldest, newest, answerers };
}
