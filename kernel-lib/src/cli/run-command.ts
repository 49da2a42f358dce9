// `run <config>`: the whole corridor; `run-child`: the same for a notebook, with progress as JSON lines.
import { type Command, Option } from "commander";
import {
  type ChildLine,
  forecastNextSize,
  knownExperiments,
  openRun,
  type Run,
  type RunResult,
  reopenRun,
  type SizeName,
  type StageName,
  sizeNames,
  stageNames,
} from "../experiments/index.js";
import { findModel } from "../models/index.js";
import { renderTerminal, resultsTable, terminalStyle } from "../report/index.js";
import { errorLine, exitCodeOf, InputError } from "../runtime/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { jsonOption, printResult, say } from "./output.js";
import { formatSeconds, stageLines } from "./stage-lines.js";

interface RunCommandOptions {
  size: SizeName;
  dir?: string;
  seed?: string;
  model?: string;
  backend?: string;
  baseUrl?: string;
  preset?: string;
  retrieval?: boolean;
  until?: StageName;
  json?: boolean;
}

const wholeNumber = (text: string, option: string): number => {
  if (!/^\d+$/.test(text)) throw new InputError({ got: `${option} ${text}`, allowed: "a whole number" });
  return Number(text);
};

function open(config: string, options: RunCommandOptions): Run {
  const { size, dir, seed, model, backend, baseUrl, preset, retrieval } = options;
  return openRun({
    config,
    size,
    ...(dir !== undefined && { directory: dir }),
    changes: {
      ...(seed !== undefined && { runSeed: wholeNumber(seed, "--seed") }),
      ...(model !== undefined && { model }),
      ...(backend !== undefined && { backend }),
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      ...(preset !== undefined && { preset }),
      ...(retrieval !== undefined && { retrieval }),
    },
  });
}

/** What a person sees at the end: the table, where things lie, what the next size would take. */
function closing(run: Run, result: RunResult): string {
  const lines: string[] = [];
  if (result.scores.length > 0) {
    lines.push("", renderTerminal(resultsTable({ ...result, deviations: [] }), terminalStyle(process.stdout)));
    lines.push(`  Differs from the paper in ${result.deviations.length} points; the report lists them.`);
  }
  const stages = result.stages
    .filter(({ seconds }) => seconds >= 1)
    .map(({ stage, seconds }) => `${stage} ${formatSeconds(seconds)}`);
  lines.push(
    "",
    ` time     ${stages.join(" · ")} · in all ${formatSeconds(result.stages.reduce((sum, { seconds }) => sum + seconds, 0))}`,
  );
  const next =
    result.scores.length > 0 && knownExperiments().includes(run.config.name)
      ? forecastNextSize(run.config, result.stages)
      : undefined;
  if (next)
    lines.push(
      ` next     npm start -- --size ${next.size} would take about ${Math.max(1, Math.round(next.minutes))} minutes here`,
    );
  if (result.scores.length > 0) {
    lines.push(` report   ${run.directory.report()}/report.html`);
    lines.push(` figures  ${run.directory.figures()}/`);
    lines.push(" notebook npm run lab");
  } else lines.push(` run      ${run.directory.path}`);
  return lines.join("\n");
}

export function addRunCommand(program: Command): void {
  program
    .command("run")
    .description("the whole corridor for one experiment; the same command continues a stopped run")
    .argument("<config>", `${knownExperiments().join(", ")}, or the path of a JSON file`)
    .addOption(new Option("--size <size>", "smoke (2 min), quick (8 min), laptop (1 h), gpu").choices(sizeNames).default("quick"))
    .option("--dir <directory>", "where the run lives; default .selfspec/runs/<name>-<size>-<configuration>")
    .option("--seed <number>", "the run seed, from which everything random derives")
    .option("--model <model>", "a registry id, a GGUF path or a hub id")
    .option("--backend <name>", "auto, tensorflow, wasm or cpu")
    .option("--base-url <url>", "an OpenAI-compatible server instead of the embedded one")
    .option("--preset <name>", "how the model is asked: nearest or self-moe")
    .option("--retrieval", "ground responses in passages found by BM25")
    .addOption(new Option("--until <stage>", "stop after this stage").choices(stageNames))
    .option(...jsonOption)
    .action(async (config: string, options: RunCommandOptions) => {
      const run = open(config, options);
      const { size, model, lora } = run.config;
      say(
        `selfspec  ${run.config.name} · ${size} · ${findModel(model)?.title ?? model}${lora.backend === "auto" ? "" : ` · backend ${lora.backend}`}`,
      );
      const result = await run.execute({
        onProgress: stageLines(),
        signal: abortOnInterrupt(),
        ...(options.until && { until: options.until }),
      });
      const { meta, scores, differences, ledgers, stages, origins, directory } = result;
      printResult(options, { directory, meta, scores, differences, origins, ledgers, stages }, closing(run, result));
    });

  program
    .command("run-child <directory>", { hidden: true })
    .addOption(new Option("--until <stage>").choices(stageNames))
    .action(async (directory: string, { until }: { until?: StageName }) => {
      const tell = (line: ChildLine) => process.stdout.write(`${JSON.stringify(line)}\n`);
      try {
        await reopenRun(directory).execute({
          onProgress: (progress) => tell({ progress }),
          signal: abortOnInterrupt(),
          ...(until && { until }),
        });
      } catch (error) {
        tell({ error: errorLine(error), exitCode: exitCodeOf(error) });
        process.exitCode = exitCodeOf(error);
      }
    });
}
