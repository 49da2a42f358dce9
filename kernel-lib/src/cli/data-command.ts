// `data list|pull|check`: the benchmarks' original files.
import type { Command } from "commander";
import {
  type BenchmarkFileState,
  type BenchmarkRow,
  checkBenchmarks,
  listBenchmarks,
  type PulledFile,
  pullBenchmarks,
} from "../evaluate/index.js";
import { renderTerminal, tableFromRecords, terminalStyle } from "../report/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { alignColumns, jsonOption, printResult, say } from "./output.js";
import { stageLines } from "./stage-lines.js";

interface DataOptions {
  from?: string;
  task?: string[];
  json?: boolean;
}

const fromOption = ["--from <folder>", "a folder that has the files, instead of the network"] as const;
const taskOption = ["--task <id...>", "these tasks only"] as const;
const chosen = ({ from, task }: DataOptions) => ({
  ...(from !== undefined && { from }),
  ...(task !== undefined && { tasks: task }),
});

/** Where nobody says how wide the terminal is. */
const usualWidth = 120;
/** Of a cell: the longest source, beside its task, in a terminal of usual width. Whole sources are in the JSON. */
const sourceWidth = 98;

const listedRow = ({ id, suite, domain, state, bytes, source, licence }: BenchmarkRow) => ({
  task: id,
  suite,
  domain,
  files: state,
  size: bytes === 0 ? "" : `${(bytes / 1e6).toFixed(1)} MB`,
  licence,
  source: source.replace(/\b([0-9a-f]{8})[0-9a-f]{32}\b/, "$1"),
});

function listText(rows: readonly BenchmarkRow[]): string {
  const style = { width: usualWidth, maxCellWidth: sourceWidth, ...terminalStyle(process.stdout) };
  return renderTerminal(tableFromRecords("", rows.map(listedRow), ownFileLines(rows)), style);
}

/** A line for each file that is missing and that no pull can fetch; three tasks may read the same. */
const ownFileLines = (rows: readonly BenchmarkRow[]): string[] => [
  ...new Set(
    rows.flatMap(({ files }) =>
      files.flatMap(({ name, state, url, obtain }) =>
        state === "missing" && url === undefined && obtain !== undefined ? [`your own file ${name}: ${obtain}`] : [],
      ),
    ),
  ),
];

const pulledRow = (file: PulledFile): string[] =>
  file.how === "skipped" ? [file.name, file.how, "", file.obtain] : [file.name, file.how, String(file.bytes), file.path];

const checkedHeader = ["file", "state", "sha256", "found in", "path, or how to have it"];
const checkedRow = ({ name, state, sha256, found, place, path, url, obtain }: BenchmarkFileState): string[] => [
  name,
  state,
  (sha256 ?? found?.sha256 ?? "").slice(0, 12),
  place ?? "",
  path ?? (url === undefined ? (obtain ?? "") : "npm run selfspec -- data pull"),
];

export function addDataCommand(program: Command): void {
  const data = program.command("data").description("benchmarks: licence, rows, where from, checksum");
  data
    .command("list")
    .option(...fromOption)
    .option(...jsonOption)
    .action((options: DataOptions) => {
      const rows = listBenchmarks(options.from === undefined ? {} : { from: options.from });
      printResult(options, rows, listText(rows));
    });
  data
    .command("pull")
    .description("fetch them from their public repositories, with checksums; your own files are taken from --from")
    .option(...fromOption)
    .option(...taskOption)
    .option(...jsonOption)
    .action(async (options: DataOptions) => {
      const files = await pullBenchmarks({ ...chosen(options), onProgress: stageLines(), signal: abortOnInterrupt() });
      printResult(options, files, alignColumns(files.map(pulledRow)));
    });
  data
    .command("check")
    .description("whether the files are here and unchanged; exits 1 where one was changed")
    .option(...fromOption)
    .option(...taskOption)
    .option(...jsonOption)
    .action((options: DataOptions) => {
      const files = checkBenchmarks(chosen(options));
      printResult(options, files, alignColumns([checkedHeader, ...files.map(checkedRow)]));
      const changed = files.filter(({ state }) => state === "changed");
      if (changed.length === 0) return;
      say(`not the pinned bytes: ${changed.map(({ path }) => path).join(", ")}; move them away and pull again`);
      process.exitCode = 1;
    });
}
