// Answers by key, in LMDB: several processes read and write one cache at once, and a killed one leaves it whole.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { getSystemErrorName } from "node:util";
import { type Database, open, type RootDatabase } from "lmdb";
import { errorLine, explainWriteError, homeDirectory, InputError, RunError } from "../../runtime/index.js";
import { type Answerer, answererId, answererSchema } from "./answerer.js";
import { callBytes, type FoundCall, readCallBytes } from "./call-bytes.js";
import type { CallRecord } from "./call-record.js";
import { makeMappable } from "./sound-file.js";

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
   * @throws RunError when the disk is full or the file damaged.
   */
  put(key: string, record: CallRecord, answerer: Answerer): Promise<void>;
  /** In their order. @throws RunError when the file is damaged. */
  keys(): Iterable<string>;
  /** All records in the order of their keys. @throws RunError when the file is damaged. */
  entries(): Iterable<CallEntry>;
  /** Everyone who gave an answer, by the id that records carry. */
  answerers(): Map<string, Answerer>;
  /** @throws RunError when the file is damaged. */
  remove(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

function explainDamage(directory: string, error: unknown): never {
  throw new RunError(
    { got: `the call cache ${directory} is damaged (${errorLine(error)})`, todo: "move the folder away; a new one is begun" },
    { cause: error },
  );
}

/** LMDB knows the system's errors by number only; its own are negative. */
function explainFailedWrite(directory: string, error: unknown): never {
  const { code } = error as { code?: unknown };
  if (typeof code !== "number" || code <= 0) return explainDamage(directory, error);
  return explainWriteError(directory, Object.assign(new Error(errorLine(error)), { code: getSystemErrorName(-code) }));
}

interface Tables {
  environment: RootDatabase<string, string>;
  calls: Database<Buffer, Buffer>;
  known: Database<string, string>;
}

function openTables(directory: string): Tables {
  try {
    mkdirSync(directory, { recursive: true });
    makeMappable(join(directory, "data.mdb"));
    const environment = open<string, string>({ path: directory, noSubdir: false, encoding: "string", maxDbs: 2 });
    const calls = environment.openDB<Buffer, Buffer>({ name: "calls", encoding: "binary", keyEncoding: "binary" });
    return { environment, calls, known: environment.openDB<string, string>({ name: "answerers", encoding: "string" }) };
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
    return { unreadable: errorLine(error) };
  }
}

/**
 * Opens the cache in a folder, by default `calls/` of the home directory.
 * @throws InputError when the folder holds something else or cannot be written.
 */
export function openCallCache({ directory = homeDirectory("calls") }: { directory?: string | undefined } = {}): CallCache {
  const { environment, calls, known } = openTables(directory);
  const written = new Set<string>();
  function* keys(): Generator<string> {
    try {
      for (const id of calls.getKeys()) yield id.toString("hex");
    } catch (error) {
      explainDamage(directory, error);
    }
  }
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
    keys,
    *entries() {
      for (const key of keys()) {
        const found = readCall(calls, Buffer.from(key, "hex"));
        if (found) yield { key, found };
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
