// A replay bundle: the calls of a run, sealed in one gzip file of JSON lines. A manifest comes first, then the records by key, so equal contents
// are equal bytes. It holds what models wrote, never what they were asked.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip, gzipSync } from "node:zlib";
import { z } from "zod";
import { errorLine, InputError, RunError, sha256, writeParts } from "../../runtime/index.js";
import { type Answerer, answererId, answererSchema } from "./answerer.js";
import { callSchemaVersion } from "./call-key.js";
import { type CallRecord, callRecordSchema } from "./call-record.js";

const manifestSchema = z.strictObject({
  format: z.literal("selfspec replay bundle"),
  schemaVersion: z.literal(callSchemaVersion),
  records: z.number().int(),
  /** Dates of the first and the last answer, ISO 8601. */
  first: z.iso.datetime(),
  last: z.iso.datetime(),
  /** By fingerprint. */
  answerers: z.array(answererSchema),
  /** Of the manifest's line with this field empty, followed by the hex SHA-256 of the records' lines. */
  sha256: z.string().length(64),
});
export type BundleManifest = z.infer<typeof manifestSchema>;

const bundledCallSchema = callRecordSchema.extend({ key: z.string().regex(/^[0-9a-f]{64}$/) });
export interface BundledCall {
  key: string;
  record: CallRecord;
}

const seal = (unsealedLine: string, contentHash: string): string => sha256(unsealedLine + contentHash);

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
const callLine = ({ key, record }: BundledCall): string => line({ key, ...record });

/** Compressed a piece at a time: gzip members one after the other are one gzip file. */
function* compressed(lines: Iterable<string>): Generator<Buffer> {
  let piece = "";
  for (const next of lines) {
    piece += next;
    if (piece.length < 1 << 20) continue;
    yield gzipSync(piece, { level: 9 });
    piece = "";
  }
  if (piece !== "") yield gzipSync(piece, { level: 9 });
}

/**
 * Writes a bundle. `calls` is gone through twice and has to give the same calls, by ascending key, each time.
 * @throws RunError when the disk is full or the folder not writable.
 */
export function writeBundle(options: {
  path: string;
  answerers: ReadonlyMap<string, Answerer>;
  calls: () => Iterable<BundledCall>;
}): BundleManifest {
  const { path, answerers, calls } = options;
  const content = createHash("sha256");
  const used = new Set<string>();
  const dates = { first: "", last: "" };
  let records = 0;
  for (const call of calls()) {
    const { answerer, date } = call.record;
    used.add(answerer);
    if (dates.first === "" || date < dates.first) dates.first = date;
    if (date > dates.last) dates.last = date;
    records++;
    content.update(callLine(call));
  }
  const unsealed: BundleManifest = {
    format: "selfspec replay bundle",
    schemaVersion: callSchemaVersion,
    records,
    ...dates,
    answerers: [...used].flatMap((id) => answerers.get(id) ?? []).sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
    sha256: "",
  };
  const manifest = { ...unsealed, sha256: seal(line(unsealed), content.digest("hex")) };
  const lines = function* (): Generator<string> {
    yield line(manifest);
    for (const call of calls()) yield callLine(call);
  };
  writeParts(path, compressed(lines()));
  return manifest;
}

async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      yield bytes.toString("utf8", start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) throw new Error("its last line is cut off");
}

/** Why a line is not what it should be, without its text. */
function parsed<T>(schema: z.ZodType<T>, text: string, what: string): T {
  const result = schema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new Error(`${what}: ${issue.path.join(".")}: ${issue.message}`);
}

/**
 * Reads and checks a whole bundle; `onCall` sees its calls by ascending key, before the seal is known to hold.
 * @throws InputError naming what is wrong with a file that is missing, broken, or edited; what `onCall` throws.
 */
export async function readBundle(path: string, onCall: (call: BundledCall) => void | Promise<void>): Promise<BundleManifest> {
  let manifest: BundleManifest | undefined;
  const content = createHash("sha256");
  const ids = new Set<string>();
  let unsealed = "";
  let records = 0;
  let last = "";
  try {
    const chunks = pipeline(createReadStream(path), createGunzip(), () => {}); // its errors reach whoever reads
    for await (const text of textLines(chunks)) {
      if (!manifest) {
        manifest = parsed(manifestSchema, text, "its manifest");
        for (const { fingerprint } of manifest.answerers) ids.add(answererId(fingerprint));
        unsealed = `${text.replace(manifest.sha256, "")}\n`;
        continue;
      }
      content.update(`${text}\n`);
      const { key, ...record } = parsed(bundledCallSchema, text, `record ${++records}`);
      if (key <= last) throw new Error(`record ${records} is out of order`);
      if (!ids.has(record.answerer)) throw new Error(`record ${records} is by nobody in the manifest`);
      last = key;
      await onCall({ key, record });
    }
    if (!manifest) throw new Error("it is empty");
    if (manifest.records !== records) throw new Error(`it holds ${records} records, not ${manifest.records}`);
    if (seal(unsealed, content.digest("hex")) !== manifest.sha256) throw new Error("its content is not what was sealed");
    return manifest;
  } catch (error) {
    if (error instanceof InputError || error instanceof RunError) throw error; // of whoever takes the calls
    throw new InputError(
      {
        got: `${path} is no whole replay bundle: ${errorLine(error)}`,
        allowed: "a file that `selfspec cache export` wrote, unchanged",
        todo: "check the path, or export it again",
      },
      { cause: error },
    );
  }
}
