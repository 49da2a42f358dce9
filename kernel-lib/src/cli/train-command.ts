// `train`: one adapter on a file of rows. Every training option is an option here, under the name and description it has there.
import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import {
  loadBackend,
  parseTrainOptions,
  readTrainingRows,
  type TrainRequest,
  type TrainResult,
  train,
  trainOptionsSchema,
} from "../lora/index.js";
import { defaultModel, resolveModel } from "../models/index.js";
import { InputError } from "../runtime/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { jsonOption, printResult, say } from "./output.js";
import { stageLines } from "./stage-lines.js";

interface TrainCommandOptions {
  model: string;
  data: string;
  validation?: string;
  dir: string;
  backend: string;
  json?: boolean;
}

type OptionName = keyof typeof trainOptionsSchema.shape;
const optionNames = Object.keys(trainOptionsSchema.shape) as OptionName[];

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** `3e-4`, `true`, `null`, `{"up_proj": 4}` as JSON; `q_proj,v_proj` or `0,1,2` as a list; anything else is text. */
function parsedValue(name: string, text: string): unknown {
  if (name === "layers" && /^\d+(,\d+)*$/.test(text)) return text.split(",").map(Number);
  try {
    return JSON.parse(text);
  } catch {
    return /^[\w.]+(,[\w.]+)+$/.test(text) ? text.split(",") : text;
  }
}

/** A folder in transformers' form is trained where it lies; anything else is looked up or fetched. */
async function baseModel(
  given: string,
  waiting: Pick<TrainRequest, "onProgress" | "signal">,
): Promise<{ path: string; title: string }> {
  const folder = statSync(given, { throwIfNoEntry: false })?.isDirectory();
  return folder ? { path: resolve(given), title: basename(resolve(given)) } : resolveModel({ model: given, ...waiting });
}

const summaryOf = ({ validation, dropped, ...result }: TrainResult): string =>
  [
    `loss       ${result.firstLoss.toFixed(3)} → ${result.lastLoss.toFixed(3)} in ${result.steps} steps (${result.epochs} epochs of ${result.rows} rows)`,
    ...(validation
      ? [
          `validation ${validation.bestLoss.toFixed(3)} at step ${validation.bestStep} on ${validation.rows} rows${validation.stoppedEarly ? ", stopped early" : ""}; the adapter is that of step ${validation.keptStep}`,
        ]
      : []),
    ...(dropped.length > 0 ? [`left out   ${dropped.length} rows longer than maxTokens`] : []),
    `speed      ${result.tokensPerSecond} tokens/s for ${result.seconds} s on ${result.backend}, ${result.precision}`,
    `adapter    ${result.adapter} (PEFT), ${result.adapterGguf} (llama.cpp)`,
  ].join("\n");

export function addTrainCommand(program: Command): void {
  const command = program
    .command("train")
    .description("a LoRA adapter from a file of rows; the same command continues a stopped training")
    .requiredOption("--data <file>", "JSON Lines of {prompt, completion} or {instruction, input, output}")
    .requiredOption("--dir <directory>", "where log, checkpoint and adapter go")
    .option("--model <model>", "a registry id, a GGUF path, a folder of safetensors or a hub id", defaultModel.id)
    .option("--validation <file>", "rows to measure on instead of a share of the data")
    .option("--backend <name>", "auto, or one by name (see doctor)", "auto");
  const defaults = parseTrainOptions({});
  for (const name of optionNames) {
    const standard = defaults[name];
    const shown =
      standard === undefined ? "" : ` (default: ${typeof standard === "string" ? standard : JSON.stringify(standard)})`;
    command.option(`${flagOf(name)} <value>`, `${trainOptionsSchema.shape[name].description}${shown}`);
  }
  command.option(...jsonOption).action(async (given: TrainCommandOptions & Partial<Record<OptionName, string>>) => {
    const chosen = optionNames.flatMap((name) => {
      const value = given[name];
      return value === undefined ? [] : [[name, parsedValue(name, value)]];
    });
    const options: TrainRequest["options"] = parseTrainOptions(Object.fromEntries(chosen));
    const rows = readTrainingRows(resolve(given.data));
    const validationRows = given.validation === undefined ? undefined : readTrainingRows(resolve(given.validation));
    if (rows.length === 0) throw new InputError({ got: `${given.data} holds no row`, allowed: "at least one" });
    const [onProgress, signal] = [stageLines(), abortOnInterrupt()];
    const model = await baseModel(given.model, { onProgress, signal });
    const backend = given.backend === "auto" ? undefined : await loadBackend({ name: given.backend });
    say(`selfspec  ${model.title} · ${rows.length} rows`);
    const directory = resolve(given.dir);
    const result = await train({
      ...{ modelPath: model.path, rows, validationRows, directory, options, signal, onProgress },
      ...(backend && { backend }),
    });
    printResult(given, result, summaryOf(result));
  });
}
