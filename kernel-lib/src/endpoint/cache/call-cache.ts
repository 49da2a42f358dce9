// Answers by key, in LMDB: several processes read and write one cache at once, and a killed one leaves it whole.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { getSystemErrorName } from "node:util";
import { type Database, open, type RootDatabase } from "lmdb";
import { errorLine, explainWriteError, homeDirectory, InputError } from "../../runtime/index.js";
import { type Answerer, answererId, answererSchema } from "./answerer.js";
import { callBytes, type FoundCall, readCallBytes } from "./call-bytes.js";
import type { CallRecord } from "./call-record.js";

export interface CallEntry {
  /** Hex SHA-256: see callKey. */
  key: string;
  found: FoundCall;
}

export interface CallCache {
  readonly directory: string;
  /** Of the file; pages of removed records stay in it and are used again. */
  bytes(): number;
  /** Undefined where nothing was kept under the key; a damaged record says why it cannot be read. */
  get(key: string): FoundCall | undefined;
  /**
   * Resolves when the record has reached the disk and every process sees it.
   * @throws RunError when the disk is full.
   */
  put(key: string, record: CallRecord, answerer: Answerer): Promise<void>;
  /** All records in the order of their keys, as they were when the iteration began; read as they are asked for. */
  entries(): Iterable<CallEntry>;
  /** Everyone who gave an answer, by the id that records carry. */
  answerers(): Map<string, Answerer>;
  remove(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** LMDB knows the system's errors by number only. */
function explainFailedWrite(directory: string, error: unknown): never {
  const { code } = error as { code?: unknown };
  if (typeof code === "number" && code > 0) explainWriteError(directory, { code: getSystemErrorName(-code) });
  throw error;
}

function openEnvironment(directory: string): RootDatabase<string, string> {
  try {
    mkdirSync(directory, { recursive: true });
    return open<string, string>({ path: directory, noSubdir: false, encoding: "string", maxDbs: 2 });
  } catch (error) {
    throw new InputError(
      {
        got: `${directory} cannot be opened as a call cache (${errorLine(error)})`,
        allowed: "a writable folder, empty or begun by this version",
        todo: "move the folder away, or choose another with SELFSPEC_HOME",
      },
      { cause: error },
    );
  }
}

function readCall(calls: Database<Buffer, Buffer>, id: Buffer): FoundCall | undefined {
  try {
    const bytes = calls.get(id);
    return bytes && readCallBytes(bytes);
  } catch (error) {
    return { unreadable: errorLine(error) }; // the compressed bytes themselves make no sense
  }
}

/**
 * Opens the cache in a folder, by default `calls/` of the home directory.
 * @throws InputError when the folder holds something else or cannot be written.
 */
export function openCallCache({ directory = homeDirectory("calls") }: { directory?: string | undefined } = {}): CallCache {
  const environment = openEnvironment(directory);
  const calls = environment.openDB<Buffer, Buffer>({
    name: "calls",
    encoding: "binary",
    keyEncoding: "binary",
    compression: { threshold: 100 }, // bytes: almost every record; LZ4 with a dictionary pays even for small ones
  });
  const known = environment.openDB<string, string>({ name: "answerers", encoding: "string" });
  const written = new Set<string>();

  return {
    directory,
    bytes: () => statSync(join(directory, "data.mdb")).size,
    get: (key) => readCall(calls, Buffer.from(key, "hex")),
    async put(key, record, answerer) {
      const id = answererId(answerer.fingerprint);
      try {
        const who = written.has(id) ? [] : [known.put(id, JSON.stringify(answerer))];
        await Promise.all([...who, calls.put(Buffer.from(key, "hex"), callBytes(record))]); // one turn, one transaction
        await environment.flushed;
        written.add(id);
      } catch (error) {
        explainFailedWrite(directory, error);
      }
    },
    *entries() {
      for (const id of calls.getKeys()) {
        const found = readCall(calls, id);
        if (found) yield { key: id.toString("hex"), found };
      }
    },
    answerers: () =>
      new Map([...known.getRange()].map(({ key, value }) => [key, answererSchema.parse(JSON.parse(value))] as const)),
    async remove(keys) {
      try {
        await Promise.all(keys.map((key) => calls.remove(Buffer.from(key, "hex"))));
        await environment.flushed;
      } catch (error) {
        explainFailedWrite(directory, error);
      }
    },
    close: () => environment.close(),
  };
}
