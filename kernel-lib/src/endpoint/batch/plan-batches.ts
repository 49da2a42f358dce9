// Which batches a list of requests is in or goes into: those that an earlier process submitted, and new ones within the server's limits.
import type { BatchClient, BatchOptions } from "./batch-client.js";
import { type Batch, hasEnded, resumeBatch, submitBatch } from "./batch-job.js";
import type { BatchJournal } from "./batch-journal.js";
import type { BatchLine } from "./batch-line.js";

export interface WatchedBatch {
  batch: Batch;
  /** Of the requests in it, the ones asked for here. */
  ids: readonly string[];
  /** Had ended before this process looked: what it left undone is asked again, while an end that is news is told. */
  oldNews: boolean;
}

/** Splits lines into inputs of batches: one model each, and no more than a server takes. */
export function splitLines(
  lines: readonly BatchLine[],
  { maxRequests = 50_000, maxBytes = 100_000_000 }: Pick<BatchOptions, "maxRequests" | "maxBytes">,
): BatchLine[][] {
  const inputs: BatchLine[][] = [];
  const open = new Map<string, { lines: BatchLine[]; bytes: number }>();
  for (const line of lines) {
    const size = Buffer.byteLength(line.text);
    let current = open.get(line.model);
    if (!current || current.lines.length >= maxRequests || current.bytes + size > maxBytes) {
      current = { lines: [], bytes: 0 };
      open.set(line.model, current);
      inputs.push(current.lines);
    }
    current.lines.push(line);
    current.bytes += size;
  }
  return inputs;
}

export async function submitLines(
  client: BatchClient,
  journal: BatchJournal,
  lines: readonly BatchLine[],
  limits: Pick<BatchOptions, "maxRequests" | "maxBytes">,
): Promise<WatchedBatch[]> {
  const submitted: WatchedBatch[] = [];
  for (const input of splitLines(lines, limits)) {
    const batch = await submitBatch(client, journal, input);
    submitted.push({ batch, ids: input.map(({ id }) => id), oldNews: false });
  }
  return submitted;
}

/** Finds the batches that hold these lines already; the other lines are fresh. */
export async function resumeLines(
  client: BatchClient,
  journal: BatchJournal,
  lines: readonly BatchLine[],
): Promise<{ watched: WatchedBatch[]; fresh: BatchLine[] }> {
  const fresh: BatchLine[] = [];
  const bySubmission = new Map<string, BatchLine[]>();
  for (const line of lines) {
    const name = journal.find(line.id)?.name;
    if (name === undefined) fresh.push(line);
    else bySubmission.set(name, [...(bySubmission.get(name) ?? []), line]);
  }
  const watched: WatchedBatch[] = [];
  for (const held of bySubmission.values()) {
    const batch = await resumeBatch(client, journal, journal.find(held[0]!.id)!);
    if (batch) watched.push({ batch, ids: held.map(({ id }) => id), oldNews: hasEnded(batch) });
    else fresh.push(...held);
  }
  return { watched, fresh };
}
