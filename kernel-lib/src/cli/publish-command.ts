// `publish <run directory> --to <folder>`: what may be committed of a run.
import { relative } from "node:path";
import type { Command } from "commander";
import { publishRun, reopenRun } from "../experiments/index.js";
import { jsonOption, printResult } from "./output.js";

export function addPublishCommand(program: Command): void {
  program
    .command("publish")
    .description("copy a finished run's rows, logs, predictions, tables and figures into a folder, without any benchmark text")
    .argument("<run>", "the run's directory")
    .requiredOption("--to <folder>", "where to")
    .option("--figures <folder>", "where the figures go; default <to>/figures")
    .option(...jsonOption)
    .action((directory: string, options: { to: string; figures?: string; json?: boolean }) => {
      const paths = publishRun({
        run: reopenRun(directory),
        target: options.to,
        ...(options.figures !== undefined && { figures: options.figures }),
      });
      printResult(options, paths, paths.map((path) => relative(process.cwd(), path)).join("\n"));
    });
}
