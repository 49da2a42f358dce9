// `run <config>`: the whole corridor; `run-child`: the same for a notebook, with progress as JSON lines.
import { type Command, Option } from "commander";
import {
  type ChildLine,
  knownExperiments,
  openRun,
  parseSetting,
  type Run,
  type RunChanges,
  reopenRun,
  type SizeName,
  type StageName,
  sizeNames,
  stageNames,
  tunedSystems,
} from "../experiments/index.js";
import { findModel } from "../models/index.js";
import { errorLine, exitCodeOf, InputError } from "../runtime/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { jsonOption, printResult, say } from "./output.js";
import { runClosing } from "./run-closing.js";
import { detectableText, forecastText, previewText } from "./run-outlook.js";
import { stageLines } from "./stage-lines.js";

interface RunCommandOptions {
  size: SizeName;
  dir?: string;
  seed?: string;
  model?: string;
  backend?: string;
  baseUrl?: string;
  preset?: string;
  retrieval?: boolean;
  systems?: string;
  split?: string;
  set: string[];
  until?: StageName;
  preview?: string;
  forecast?: boolean;
  replay?: string;
  json?: boolean;
}

const wholeNumber = (text: string, option: string): number => {
  if (!/^\d+$/.test(text)) throw new InputError({ got: `${option} ${text}`, allowed: "a whole number" });
  return Number(text);
};

function previewRows(text: string): number {
  const rows = wholeNumber(text, "--preview");
  if (rows < 1) throw new InputError({ got: `--preview ${text}`, allowed: "at least one row" });
  return rows;
}

/** Whether anything will be scored; a preview and a replay end at the data set. */
const evaluates = ({ preview, replay, until = "report" }: RunCommandOptions): boolean =>
  preview === undefined && replay === undefined && (until === "evaluate" || until === "report");

function open(config: string, options: RunCommandOptions, more: RunChanges = {}): Run {
  const { size, dir, seed, model, backend, baseUrl, preset, retrieval, systems, split } = options;
  return openRun({
    config,
    size,
    ...(dir !== undefined && { directory: dir }),
    settings: Object.fromEntries(options.set.map(parseSetting)),
    changes: {
      ...(seed !== undefined && { runSeed: wholeNumber(seed, "--seed") }),
      ...(model !== undefined && { model }),
      ...(backend !== undefined && { backend }),
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      ...(preset !== undefined && { preset }),
      ...(retrieval !== undefined && { retrieval }),
      ...(systems !== undefined && { systems: systems.split(",") }),
      ...(split !== undefined && { split }),
      ...more,
    },
  });
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
    .option("--preset <name>", "how the model is asked: nearest, levers or self-moe")
    .option("--retrieval", "ground responses in passages found by BM25")
    .addOption(new Option("--until <stage>", "stop after this stage").choices(stageNames))
    .option("--systems <names>", `what is tuned, in this order, separated by commas: ${tunedSystems.join(", ")}`)
    .option("--split <name>", "score test items (to claim) or development items (to choose)")
    .option(
      "--set <path=value>",
      "a single value of the configuration, such as lora.rank=16; may be given again",
      (text: string, before: string[]) => [...before, text],
      [],
    )
    .option("--preview <rows>", "write this many rows end to end, show them and stop")
    .option("--replay <bundle>", "answer from a bundle of recorded calls: the same rows up to the data set, without any call")
    .option("--forecast", "say what would be asked for and how long it would take, and stop")
    .option(...jsonOption)
    .action(async (config: string, options: RunCommandOptions) => {
      const run = open(config, options, options.preview === undefined ? {} : { rows: previewRows(options.preview) });
      if (options.forecast) {
        const { forecast, text } = forecastText(run);
        return printResult(options, forecast, text);
      }
      const { size, model, lora } = run.config;
      say(
        `selfspec  ${run.config.name} · ${size} · ${findModel(model)?.title ?? model}${lora.backend === "auto" ? "" : ` · backend ${lora.backend}`}`,
      );
      if (evaluates(options)) say(detectableText(run.config, process.stderr));
      const result = await run.execute({
        onProgress: stageLines(),
        signal: abortOnInterrupt(),
        ...(options.until && { until: options.until }),
        ...((options.preview ?? options.replay) !== undefined && { until: "dataset" as const }),
        ...(options.replay !== undefined && { replay: options.replay }),
      });
      if (options.preview !== undefined)
        return printResult(options, { directory: result.directory, triples: result.triples }, previewText(result));
      const { meta, scores, differences, ledgers, stages, origins, directory } = result;
      printResult(options, { directory, meta, scores, differences, origins, ledgers, stages }, runClosing(run, result));
    });

  program
    .command("run-child <directory>", { hidden: true })
    .addOption(new Option("--until <stage>").choices(stageNames))
    .option("--replay <bundle>")
    .action(async (directory: string, { until, replay }: { until?: StageName; replay?: string }) => {
      const tell = (line: ChildLine) => process.stdout.write(`${JSON.stringify(line)}\n`);
      try {
        await reopenRun(directory).execute({
          onProgress: (progress) => tell({ progress }),
          signal: abortOnInterrupt(),
          ...(until && { until }),
          ...(replay && { replay }),
        });
      } catch (error) {
        tell({ error: errorLine(error), exitCode: exitCodeOf(error) });
        process.exitCode = exitCodeOf(error);
      }
    });
}
