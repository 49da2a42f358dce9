#!/usr/bin/env node
// The `selfspec` command: one file a verb, each thin. Success exits 0, a run that failed 1, bad usage or bad input 2, always with one clear line.
import { Command, CommanderError } from "commander";
import { errorLine, exitCodeOf } from "../runtime/index.js";
import { addAdapterCommand } from "./adapter-command.js";
import { addBenchCommand } from "./bench-command.js";
import { addCacheCommand } from "./cache-command.js";
import { addCompareCommand } from "./compare-command.js";
import { addContaminationCommand } from "./contamination-command.js";
import { addCorpusCommand } from "./corpus-command.js";
import { addDataCommand } from "./data-command.js";
import { addDoctorCommand } from "./doctor-command.js";
import { addEvaluateCommand } from "./evaluate-command.js";
import { addExportCommand } from "./export-command.js";
import { closingLine } from "./interrupt.js";
import { addLabCommand } from "./lab-command.js";
import { addModelsCommand } from "./models-command.js";
import { addNotebooksCommand } from "./notebooks-command.js";
import { addNoveltyCommand } from "./novelty-command.js";
import { addPublishCommand } from "./publish-command.js";
import { addRunCommand } from "./run-command.js";
import { addScoreCommand } from "./score-command.js";
import { addServeCommand } from "./serve-command.js";
import { addSetupCommand } from "./setup-command.js";
import { addShowCommand } from "./show-command.js";
import { addTrainCommand } from "./train-command.js";

const program = new Command("selfspec")
  .description("Self-Specialization (Kang et al. 2024): a base language model carves an expert out of itself")
  .showHelpAfterError(false)
  .configureOutput({ outputError: () => {} })
  .exitOverride();

for (const add of [
  addSetupCommand,
  addDoctorCommand,
  addModelsCommand,
  addCacheCommand,
  addDataCommand,
  addCorpusCommand,
  addServeCommand,
  addRunCommand,
  addTrainCommand,
  addAdapterCommand,
  addEvaluateCommand,
  addScoreCommand,
  addCompareCommand,
  addExportCommand,
  addShowCommand,
  addNoveltyCommand,
  addContaminationCommand,
  addNotebooksCommand,
  addLabCommand,
  addPublishCommand,
  addBenchCommand,
])
  add(program);
for (const command of program.commands) command.exitOverride().configureOutput({ outputError: () => {} });

/** Commander's own refusals are bad usage; its help is a success. */
function exitOf(error: unknown): { code: number; line: string } {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { code: 0, line: "" };
    if (error.code === "commander.help") return { code: 2, line: "" };
    return { code: 2, line: `${errorLine(error).replace(/^error: /, "")}; see npm run selfspec -- --help` };
  }
  return { code: exitCodeOf(error), line: closingLine(error) };
}

program.parseAsync().then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    const { code, line } = exitOf(error);
    if (line) {
      process.stderr.write(`selfspec: ${line}\n`);
      if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify({ error: line, exitCode: code })}\n`);
      if (process.env.SELFSPEC_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    }
    process.exit(code);
  },
);
