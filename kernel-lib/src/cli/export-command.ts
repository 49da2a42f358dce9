// `export`: a data set as other trainers read it.
import { join } from "node:path";
import type { Command } from "commander";
import { chooseExportFormat, exportFormats, exportRows, readTriples } from "../dataset/index.js";
import { InputError } from "../runtime/index.js";
import { jsonOption, printResult } from "./output.js";

interface ExportCommandOptions {
  run?: string;
  system?: string;
  data?: string;
  format: string;
  to: string;
  json?: boolean;
}

function sourceOf({ run, system, data }: ExportCommandOptions): string {
  if (data !== undefined && run === undefined && system === undefined) return data;
  if (run !== undefined && data === undefined)
    return join(run, ...(system === undefined ? [] : ["variants", system]), "dataset", "triples.jsonl");
  throw new InputError({
    got: run === undefined && data === undefined ? "export without what to export" : "--data with --run or --system",
    allowed: "--run <folder> [--system <name>], or --data <triples.jsonl>",
  });
}

export function addExportCommand(program: Command): void {
  program
    .command("export")
    .description(`a data set as ${exportFormats.join(", ")}`)
    .option("--run <folder>", "the folder of a run")
    .option("--system <name>", "another data set of the run: a folder under variants/")
    .option("--data <file>", "JSON Lines of triples, packed (.gz) or not")
    .requiredOption("--format <name>", exportFormats.join(", "))
    .requiredOption("--to <file>", "where to")
    .option(...jsonOption)
    .action(async (options: ExportCommandOptions) => {
      const format = chooseExportFormat(options.format);
      const written = await exportRows({ triples: readTriples(sourceOf(options)), format, path: options.to });
      printResult(options, written, `${written.rows} rows, ${written.bytes} bytes as ${format}  ${written.path}`);
    });
}
