// One batch at the server: created at most once, watched until it ends, collected with all its lines.
import { randomUUID } from "node:crypto";
import type OpenAI from "openai";
import { clock } from "../../runtime/index.js";
import type { BatchClient } from "./batch-client.js";
import type { BatchJournal, Submission } from "./batch-journal.js";
import { type BatchLine, type LineResult, readBatchLine } from "./batch-line.js";

export type Batch = OpenAI.Batch;

const metadataKey = "selfspec_submission";
const ended = new Set<Batch["status"]>(["completed", "failed", "expired", "cancelled"]);

export const hasEnded = ({ status }: Batch): boolean => ended.has(status);

/** The batch that a submission became, if it did. */
async function findBatch(openai: OpenAI, submission: string): Promise<Batch | undefined> {
  for await (const batch of openai.batches.list({ limit: 100 })) if (batch.metadata?.[metadataKey] === submission) return batch;
  return undefined;
}

/** Uploads the lines and creates their batch; the journal knows of it before and after. */
export async function submitBatch(client: BatchClient, journal: BatchJournal, lines: readonly BatchLine[]): Promise<Batch> {
  const submission = randomUUID();
  const file = new File([lines.map(({ text }) => text).join("")], `${submission}.jsonl`, { type: "application/jsonl" });
  const { id: input } = await client.call((openai) => openai.files.create({ file, purpose: "batch" }));
  journal.append({ event: "planned", submission, date: clock.isoDate(), ids: lines.map(({ id }) => id) });
  // A try that broke off may have created the batch all the same: the next looks for it first.
  const batch = await client.call(async (openai, again) => {
    const found = again ? await findBatch(openai, submission) : undefined;
    return (
      found ??
      openai.batches.create({
        input_file_id: input,
        endpoint: `/v1${client.api.path}`,
        completion_window: "24h",
        metadata: { [metadataKey]: submission },
      })
    );
  });
  journal.append({ event: "created", submission, batch: batch.id });
  return batch;
}

/** The batch of a submission of an earlier process; undefined where that process ended before it was created. */
export async function resumeBatch(
  client: BatchClient,
  journal: BatchJournal,
  { name, batch: id }: Submission,
): Promise<Batch | undefined> {
  if (id !== undefined) return pollBatch(client, id);
  const found = await client.call((openai) => findBatch(openai, name));
  if (found) journal.append({ event: "created", submission: name, batch: found.id });
  return found;
}

export function pollBatch(client: BatchClient, id: string): Promise<Batch> {
  return client.call((openai) => openai.batches.retrieve(id));
}

async function readLines(client: BatchClient, file: string | null | undefined): Promise<LineResult[]> {
  if (!file) return [];
  const text = await client.call(async (openai) => (await openai.files.content(file)).text());
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => readBatchLine(line, client.api));
}

/** Every line of an ended batch's output and error file. */
export async function collectBatch(client: BatchClient, batch: Batch): Promise<LineResult[]> {
  return [...(await readLines(client, batch.output_file_id)), ...(await readLines(client, batch.error_file_id))];
}
