// `cache prune`: takes out what is old, of one model, or everything; and always what cannot be read.
import { clock, InputError } from "../../runtime/index.js";
import type { CallCache } from "./call-cache.js";

export interface PruneOptions {
  cache: CallCache;
  /** An age such as `30d`, `12h`, `90m`: only records that are older go. */
  olderThan?: string | undefined;
  /** A base model or one of its adapters, by name: only its records go. */
  model?: string | undefined;
  /** Everything goes. */
  all?: boolean | undefined;
}

export interface PrunedCalls {
  removed: number;
  /** Of these, records that could not be read. */
  unreadable: number;
  left: number;
}

const millisecondsOf = { d: 86_400_000, h: 3_600_000, m: 60_000 } as const;

function milliseconds(age: string): number {
  const [, count, unit] = /^(\d+)([dhm])$/.exec(age) ?? [];
  if (count === undefined || unit === undefined)
    throw new InputError({ got: `--older-than ${age}`, allowed: "a number of days, hours or minutes: 30d, 12h, 90m" });
  return Number(count) * millisecondsOf[unit as keyof typeof millisecondsOf];
}

/** Records removed at once. */
const batch = 1000;

/**
 * Removes the records to which every given condition applies. The file keeps its size; its room is used again.
 * @throws InputError without a condition, for an age that is none, and for a model that never answered.
 */
export async function pruneCalls({ cache, olderThan, model, all = false }: PruneOptions): Promise<PrunedCalls> {
  if (all === (olderThan !== undefined || model !== undefined))
    throw new InputError({
      got: all ? "--all beside another condition" : "nothing to prune by",
      allowed: "--all, or one or both of --older-than and --model",
    });
  const before = olderThan === undefined ? Infinity : Date.parse(clock.isoDate()) - milliseconds(olderThan);
  const answerers = [...cache.answerers()];
  const ofModel = new Set(answerers.filter(([, who]) => who.model === model || who.base === model).map(([id]) => id));
  if (model !== undefined && ofModel.size === 0)
    throw new InputError({
      got: `no call of a model "${model}"`,
      allowed: [...new Set(answerers.map(([, who]) => who.model))].join(", ") || "nothing: the cache is empty",
    });
  const doomed: string[] = [];
  let [unreadable, left] = [0, 0];
  for (const { key, found } of cache.entries()) {
    if ("unreadable" in found) unreadable++;
    else if (Date.parse(found.record.date) >= before || (model !== undefined && !ofModel.has(found.record.answerer))) {
      left++;
      continue;
    }
    doomed.push(key);
  }
  for (let at = 0; at < doomed.length; at += batch) await cache.remove(doomed.slice(at, at + batch));
  return { removed: doomed.length, unreadable, left };
}
