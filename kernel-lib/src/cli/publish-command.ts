// `publish <run directory> --to <folder>`: what may be committed of a run, or, with a card's texts, of its data set alone.
import { relative } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { publishDataset, publishRun, reopenRun } from "../experiments/index.js";
import { InputError, readJson } from "../runtime/index.js";
import { jsonOption, printResult } from "./output.js";

const cardSchema = z.strictObject({
  title: z.string(),
  description: z.string(),
  flaws: z.array(z.string()).min(1),
  command: z.string(),
});

/** The texts of a card. @throws InputError for a file that is not JSON or lacks one. */
function readCard(path: string): z.infer<typeof cardSchema> {
  const parsed = cardSchema.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0]!;
  throw new InputError({
    got: `${path}: ${place.join(".") || "card"}: ${message}`,
    allowed: '{ "title", "description", "flaws": [at least one], "command" }',
    todo: "correct it",
  });
}

export function addPublishCommand(program: Command): void {
  program
    .command("publish")
    .description("copy a finished run's rows, logs, predictions, tables and figures into a folder, without any benchmark text")
    .argument("<run>", "the run's directory")
    .requiredOption("--to <folder>", "where to")
    .option("--figures <folder>", "where the figures go; default <to>/figures")
    .option("--card <file>", "the data set alone, with its card from these texts: title, description, flaws, command (JSON)")
    .option(...jsonOption)
    .action(async (directory: string, options: { to: string; figures?: string; card?: string; json?: boolean }) => {
      const common = { run: reopenRun(directory), target: options.to };
      const paths =
        options.card === undefined
          ? await publishRun({ ...common, ...(options.figures !== undefined && { figures: options.figures }) })
          : publishDataset({ ...common, ...readCard(options.card) });
      printResult(options, paths, paths.map((path) => relative(process.cwd(), path)).join("\n"));
    });
}
