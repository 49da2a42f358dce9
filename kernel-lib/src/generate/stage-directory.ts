// The folder of a generation stage: config.json, raw.jsonl (every completion as it arrived), and, once the stage is finished,
// rows.jsonl, rejected.jsonl and ledger.json (and stopped.json where it may end early), all of which follow from the raw texts alone.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { type Ledger, ledgerSchema, type Rejection, rejectionSchema } from "../filter/index.js";
import {
  InputError,
  type JsonlLog,
  lockDirectory,
  openJsonlLog,
  readJson,
  readJsonl,
  writeJson,
  writeJsonl,
} from "../runtime/index.js";
import { type RawCompletion, rawCompletionSchema } from "./rows.js";
import { type Stopped, stoppedSchema } from "./stop-rule.js";

export interface StageResult<Row> {
  rows: Row[];
  rejections: Rejection[];
  ledger: Ledger;
  /** Why the stage ended where it did; absent where a stage always goes to its end. */
  stopped?: Stopped;
}

export interface StageDirectory<Row> {
  /** The stage's result where it was finished before. */
  readonly finished: StageResult<Row> | undefined;
  readonly raw: JsonlLog<RawCompletion>;
  finish(result: StageResult<Row>): void;
  close(): void;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function flatten(value: Json, path = ""): Map<string, string> {
  if (value === null || typeof value !== "object") return new Map([[path, JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...flatten(inner, path === "" ? key : `${path}.${key}`)]));
}

function refuseOtherConfig(directory: string, before: Json, now: Json): void {
  const old = flatten(before);
  const current = flatten(now);
  const changed = [...new Set([...old.keys(), ...current.keys()])].filter((key) => old.get(key) !== current.get(key));
  if (changed.length === 0) return;
  const shown = changed.slice(0, 4).map((key) => `${key} was ${old.get(key) ?? "absent"}, is ${current.get(key) ?? "absent"}`);
  throw new InputError({
    got: `${directory} was begun with another configuration (${shown.join("; ")}${changed.length > 4 ? "; …" : ""})`,
    allowed: "continuing a stage with the configuration it was begun with",
    todo: "restore those values, or choose another directory, or delete this one",
  });
}

/** The result that a finished stage left; undefined where it is not finished. */
export function readStage<Row>(directory: string, rowSchema: z.ZodType<Row>): StageResult<Row> | undefined {
  const path = (name: string) => join(directory, name);
  if (!existsSync(path("ledger.json"))) return undefined;
  return {
    rows: readJsonl(path("rows.jsonl"), rowSchema),
    rejections: readJsonl(path("rejected.jsonl"), rejectionSchema, "rejection"),
    ledger: ledgerSchema.parse(readJson(path("ledger.json"))),
    ...(existsSync(path("stopped.json")) && { stopped: stoppedSchema.parse(readJson(path("stopped.json"))) }),
  };
}

/**
 * Opens or continues a stage and locks its folder until `close`.
 * @throws InputError when another process works there, or the folder was begun with another configuration.
 */
export function openStageDirectory<Row>(options: {
  directory: string;
  /** All that decides the result; nothing else (no concurrency, no address). */
  config: Json;
  rowSchema: z.ZodType<Row>;
}): StageDirectory<Row> {
  const { directory, config, rowSchema } = options;
  const path = (name: string) => join(directory, name);
  const unlock = lockDirectory(directory);
  try {
    if (existsSync(path("config.json"))) refuseOtherConfig(directory, readJson(path("config.json")) as Json, config);
    else writeJson(path("config.json"), config);
    const raw = openJsonlLog(path("raw.jsonl"), rawCompletionSchema, "raw completion");
    return {
      finished: readStage(directory, rowSchema),
      raw,
      finish({ rows, rejections, ledger, stopped }) {
        writeJsonl(path("rows.jsonl"), rows);
        writeJsonl(path("rejected.jsonl"), rejections);
        if (stopped) writeJson(path("stopped.json"), stopped);
        writeJson(path("ledger.json"), ledger);
      },
      close() {
        raw.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}
