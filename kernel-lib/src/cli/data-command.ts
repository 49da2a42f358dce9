// `data list|pull|check`: the benchmarks' original files.
import type { Command } from "commander";
import { checkBenchmarks, listBenchmarks, pullBenchmarks } from "../evaluate/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { alignColumns, jsonOption, printResult } from "./output.js";
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

export function addDataCommand(program: Command): void {
  const data = program.command("data").description("benchmarks: licence, rows, where from, checksum");
  data
    .command("list")
    .option(...fromOption)
    .option(...jsonOption)
    .action((options: DataOptions) => {
      const rows = listBenchmarks(options.from === undefined ? {} : { from: options.from });
      printResult(
        options,
        rows,
        alignColumns(
          rows.map(({ id, licence, source, bytes, state }) => [id, state, `${(bytes / 1e6).toFixed(1)} MB`, source, licence]),
        ),
      );
    });
  data
    .command("pull")
    .description("fetch them from their public repositories, with checksums")
    .option(...fromOption)
    .option(...taskOption)
    .option(...jsonOption)
    .action(async (options: DataOptions) => {
      const files = await pullBenchmarks({ ...chosen(options), onProgress: stageLines(), signal: abortOnInterrupt() });
      printResult(options, files, alignColumns(files.map(({ name, how, bytes, path }) => [name, how, String(bytes), path])));
    });
  data
    .command("check")
    .description("whether the files are here and unchanged")
    .option(...fromOption)
    .option(...taskOption)
    .option(...jsonOption)
    .action((options: DataOptions) => {
      const files = checkBenchmarks(chosen(options));
      printResult(
        options,
        files,
        alignColumns(
          files.map(({ name, state, sha256, path }) => [
            name,
            state,
            `${sha256.slice(0, 12)}…`,
            path ?? "npm run selfspec -- data pull",
          ]),
        ),
      );
    });
}
