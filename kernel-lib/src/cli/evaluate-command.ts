// `evaluate <run>`: the stage "evaluate" alone, on the adapters that a finished run left; the same command continues a stopped one.
import { type Command, Option } from "commander";
import { openEvaluation, parseSetting, type Run, reopenRun, scoreFinishedTasks, writeRunReport } from "../experiments/index.js";
import { InputError } from "../runtime/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { jsonOption, printResult, say } from "./output.js";
import { runClosing } from "./run-closing.js";
import { detectableText } from "./run-outlook.js";
import { stageLines } from "./stage-lines.js";

interface EvaluateCommandOptions {
  tasks?: string;
  systems?: string;
  items?: string;
  shots?: string;
  draws?: string;
  likelihood?: boolean;
  template?: string;
  split?: string;
  set: string[];
  dir?: string;
  reportOnly?: boolean;
  json?: boolean;
}

function wholeNumbers(text: string, option: string, lowest: number): number[] {
  const numbers = text.split(",").map((part) => (/^\d+$/.test(part) ? Number(part) : -1));
  if (numbers.some((value) => value < lowest))
    throw new InputError({ got: `${option} ${text}`, allowed: `whole numbers from ${lowest}` });
  return numbers;
}

function wholeNumber(text: string, option: string): number {
  const [value, ...more] = wholeNumbers(text, option, 1);
  if (more.length > 0) throw new InputError({ got: `${option} ${text}`, allowed: "one whole number" });
  return value!;
}

function open(origin: string, options: EvaluateCommandOptions): Promise<Run> {
  const { tasks, systems, items, shots, draws, likelihood, template, split, dir } = options;
  return openEvaluation({
    origin,
    settings: Object.fromEntries(options.set.map(parseSetting)),
    ...(tasks !== undefined && { tasks: tasks.split(",") }),
    ...(systems !== undefined && { systems: systems.split(",") }),
    ...(items !== undefined && { items: wholeNumber(items, "--items") }),
    ...(shots !== undefined && { shots: wholeNumbers(shots, "--shots", 0) }),
    ...(draws !== undefined && { draws: wholeNumber(draws, "--draws") }),
    ...(likelihood !== undefined && { likelihood }),
    ...(template !== undefined && { template }),
    ...(split !== undefined && { split }),
    ...(dir !== undefined && { directory: dir }),
  });
}

function printEvaluation(options: EvaluateCommandOptions, run: Run): void {
  const result = run.result();
  const { directory, meta, scores, differences, origins, stages } = result;
  printResult(options, { directory, meta, scores, differences, origins, stages }, runClosing(run, result));
}

/** With the options of the command that asks, its evaluation of the run; without any, what lies in the folder. */
async function reportFinished(directory: string, options: EvaluateCommandOptions): Promise<void> {
  const { set, json: _json, reportOnly: _reportOnly, ...chosen } = options;
  const run = set.length > 0 || Object.keys(chosen).length > 0 ? await open(directory, options) : reopenRun(directory);
  const { scored, open: left } = scoreFinishedTasks(run.config, run.directory);
  await writeRunReport({ config: run.config, directory: run.directory, onProgress: stageLines() });
  say(` scored ${scored.join(", ")}${left.length === 0 ? "" : `; not complete: ${left.join(", ")}`}`);
  printEvaluation(options, run);
}

export function addEvaluateCommand(program: Command): void {
  program
    .command("evaluate")
    .description("other tasks, shots or systems on the adapters that a run left; the same command continues a stopped evaluation")
    .argument("<run>", "the folder of a finished run, or of an earlier evaluation")
    .option("--tasks <ids>", "task ids separated by commas, biomedicine, finance or all; default the run's")
    .option("--systems <names>", "systems of the run separated by commas; trivial and base are always there; default all")
    .option("--items <number>", "most test items a task")
    .option("--shots <numbers>", "numbers of demonstrations, separated by commas")
    .option("--draws <number>", "how many draws of demonstrations for each number above 0")
    .option("--likelihood", "score the labels' likelihoods too, where a task has labels")
    .option("--no-likelihood", "score what is written alone")
    .option("--template <name>", "the prompt's layout: sections-1 (what systems are tuned on) or plain-1")
    .addOption(new Option("--split <name>", "score test items (to claim) or development items (to choose)"))
    .option(
      "--set <path=value>",
      "a single value of the configuration; may be given again",
      (text: string, before: string[]) => [...before, text],
      [],
    )
    .option("--dir <directory>", "where the evaluation lives; default .selfspec/runs/<name>-<size>-<configuration>")
    .option("--report-only", "ask nothing: score and report the tasks of this evaluation that every system has answered")
    .option(...jsonOption)
    .action(async (directory: string, options: EvaluateCommandOptions) => {
      if (options.reportOnly) return reportFinished(directory, options);
      const run = await open(directory, options);
      const { config } = run;
      say(`selfspec  evaluation of ${config.name} · ${config.size} · ${config.tasks.length} tasks · ${run.directory.path}`);
      say(detectableText(config, process.stderr));
      await run.execute({ onProgress: stageLines(), signal: abortOnInterrupt() });
      printEvaluation(options, run);
    });
}
