// `bench rows`: what writing a data set costs in time and memory, at 20,000 and 100,000 rows, beside gathering everything and one
// JSON.stringify. A stream's memory must not grow with the rows.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ExportFormat, exportFormats } from "../dataset/index.js";
import type { Table } from "../report/index.js";
import { InputError, projectRoot, RunError, startStage, throwIfStopped } from "../runtime/index.js";
import type { Bench } from "./bench.js";
import { choicesFlag, countFlag } from "./flags.js";
import { type RowsMeasure, type RowsTask, rowsMeasureSchema } from "./rows-child.js";

export interface RowsRun extends RowsMeasure {
  writer: RowsTask["writer"];
  format: ExportFormat;
  rows: number;
}

/** A stream may take this much more memory than before its first row: buffers, a young heap, and for Parquet a row group and DuckDB's own. */
const growthBars: Readonly<Record<ExportFormat, number>> = { alpaca: 64, sharegpt: 64, messages: 64, jsonl: 64, parquet: 192 };
const mebibyte = 2 ** 20;

/** Writes in a process of its own. @throws RunError with its last words when it fails. */
export async function measureRows(task: RowsTask, signal?: AbortSignal): Promise<RowsMeasure> {
  const script = join(projectRoot(), "kernel-lib", "dist", "bench", "rows-child.js");
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(task)], { ...(signal && { signal }) });
    return rowsMeasureSchema.parse(JSON.parse(stdout));
  } catch (error) {
    throwIfStopped(signal, "bench rows");
    const words = String((error as { stderr?: string }).stderr ?? "")
      .trim()
      .split("\n")
      .at(-1);
    throw new RunError(
      { got: `writing ${task.rows} rows as ${task.format} failed${words ? `: ${words}` : ""}` },
      { cause: error },
    );
  }
}

function tableOf(runs: readonly RowsRun[]): Table {
  const right = (label: string) => ({ label, align: "right" }) as const;
  const streams = runs.filter(({ writer }) => writer === "stream");
  const missed = streams.filter(({ format, growthBytes }) => growthBytes > growthBars[format] * mebibyte);
  const bars = [...new Set(streams.map(({ format }) => `${format} ${growthBars[format]} MiB`))].join(", ");
  return {
    title: "writing rows",
    columns: [
      { label: "writer", align: "left" },
      right("rows"),
      right("seconds"),
      right("MB"),
      right("MB/s"),
      right("peak memory, growth (MiB)"),
    ],
    rows: runs.map(({ writer, format, rows, seconds, bytes, growthBytes }) => [
      { text: writer === "stream" ? `${format}, streamed` : `${format}, gathered and one JSON.stringify` },
      { text: String(rows) },
      { text: seconds.toFixed(2) },
      { text: (bytes / 1e6).toFixed(1) },
      { text: (bytes / 1e6 / seconds).toFixed(0) },
      { text: (growthBytes / mebibyte).toFixed(0) },
    ]),
    footnotes: [
      `Bar: a stream's growth stays below ${bars} at any number of rows: ${missed.length === 0 ? "met" : `not met by ${missed.map(({ format, rows }) => `${format} at ${rows}`).join(", ")}`}.`,
      "Growth: peak resident memory over that before the first row, each write in a process of its own. Rows have about 110 words of 256 made-up texts, which Parquet packs as no real set would.",
    ],
  };
}

export const rowsBench: Bench = {
  name: "rows",
  summary: "writing a data set: seconds, MB/s and memory, streamed and gathered",
  flags: [
    ["--small <number>", "rows of the smaller set (default 20000)"],
    ["--large <number>", "rows of the larger set (default 100000)"],
    ["--formats <list>", `comma-separated: ${exportFormats.join(", ")} (default: all)`],
  ],
  async run({ flags, onProgress, signal }) {
    const sizes = [countFlag(flags, "small", 20_000), countFlag(flags, "large", 100_000)];
    if (sizes[0]! > sizes[1]!) throw new InputError({ got: `--small ${sizes[0]} --large ${sizes[1]}`, allowed: "small ≤ large" });
    const formats = choicesFlag(flags, "formats", exportFormats);
    const writers = [
      ...formats.map((format) => ({ writer: "stream" as const, format })),
      { writer: "whole" as const, format: "alpaca" as const },
    ];
    const tasks = writers.flatMap((writer) => sizes.map((rows) => ({ ...writer, rows })));
    const folder = mkdtempSync(join(tmpdir(), "selfspec-rows-"));
    const watch = startStage("bench rows", onProgress);
    try {
      const runs: RowsRun[] = [];
      for (const task of tasks) {
        throwIfStopped(signal, "bench rows");
        runs.push({ ...task, ...(await measureRows({ ...task, path: join(folder, "rows") }, signal)) });
        watch.update({ done: runs.length, total: tasks.length, unit: "writes" });
      }
      watch.finish(`${runs.length} writes`);
      return { document: { runs, growthBarsMebibytes: growthBars }, tables: [tableOf(runs)] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
