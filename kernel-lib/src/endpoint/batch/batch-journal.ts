// Which requests went into which batch, written down before they can cost anything.
import { join } from "node:path";
import { z } from "zod";
import { openJsonlLog } from "../../runtime/index.js";

const eventSchema = z.discriminatedUnion("event", [
  /** Before the batch is created: from here on a batch with this name may exist. */
  z.strictObject({ event: z.literal("planned"), submission: z.string(), date: z.string(), ids: z.array(z.string()) }),
  z.strictObject({ event: z.literal("created"), submission: z.string(), batch: z.string() }),
]);
export type BatchEvent = z.infer<typeof eventSchema>;

export interface Submission {
  /** Written into the batch's metadata, by which a batch without a "created" line is found again. */
  name: string;
  ids: readonly string[];
  /** The server's id; absent when the process ended before it was told. */
  batch?: string;
}

export interface BatchJournal {
  /** The latest submission that a request went into. */
  find(id: string): Submission | undefined;
  append(event: BatchEvent): Submission;
  close(): void;
}

export function openBatchJournal(directory: string): BatchJournal {
  const log = openJsonlLog(join(directory, "batches.jsonl"), eventSchema, "batch event");
  const submissions = new Map<string, Submission>();
  const byId = new Map<string, string>();
  const apply = (event: BatchEvent): Submission => {
    const known = submissions.get(event.submission);
    const submission: Submission =
      event.event === "planned" ? { name: event.submission, ids: event.ids } : { ...known!, batch: event.batch };
    submissions.set(event.submission, submission);
    if (event.event === "planned") for (const id of event.ids) byId.set(id, event.submission);
    return submission;
  };
  for (const event of log.rows) apply(event);
  return {
    find: (id) => submissions.get(byId.get(id) ?? ""),
    append(event) {
      log.append(event);
      return apply(event);
    },
    close: log.close,
  };
}
