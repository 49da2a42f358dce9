// LoRA training on (prompt, completion) rows: logged, measured, stoppable, and resumed to the bit after a kill.
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { z } from "zod";
import { loadTokenizer } from "../../models/index.js";
import { InputError, lockDirectory, type OnProgress, startStage, throwIfStopped, writeJson } from "../../runtime/index.js";
import { initialAdapter } from "../adapters/adapter.js";
import { saveGgufAdapter } from "../adapters/adapter-gguf.js";
import { savePeftAdapter } from "../adapters/adapter-peft.js";
import type { Backend } from "../backends/backend.js";
import { openWeightSource } from "../transformer/open-weight-source.js";
import type { WeightSource } from "../transformer/weight-source.js";
import { loadWeights } from "../transformer/weights.js";
import { type RowTokenizer, type TokenRow, type TrainingRow, tokenizeRow } from "./batches.js";
import { bestPath, checkpointPath } from "./checkpoint.js";
import { bestEvaluation, type TrainingEvaluation } from "./evaluation.js";
import { controlGroupBytes } from "./free-memory.js";
import { largestPart } from "./largest-part.js";
import { describePlan, planMemory } from "./memory-plan.js";
import { stepsPerEpoch } from "./row-order.js";
import { parseTrainOptions, type TrainOptions, type trainOptionsSchema } from "./train-options.js";
import { settleDirectory } from "./training-directory.js";
import { adapterPaths, readTrainResult, resultPath, type TrainResult } from "./training-log.js";
import { type LoopResult, runSteps } from "./training-loop.js";
import { splitRows } from "./validation-loss.js";

type AdapterPaths = Pick<TrainResult, "adapter" | "adapterGguf">;

/** An evaluation while a training runs, and the adapter as it then is. */
export interface LiveEvaluation extends TrainingEvaluation {
  /** Writes it as PEFT and GGUF into a folder; default: one named by the step, in the training's directory. */
  exportAdapter(directory?: string): AdapterPaths;
}

export interface TrainRequest {
  /** The GGUF file that inference reads too, or a folder that transformers saved (with `tokenizer`). */
  modelPath: string;
  rows: readonly TrainingRow[];
  /** Rows to measure on instead of a share of `rows`. */
  validationRows?: readonly TrainingRow[] | undefined;
  /** Holds config.json, log.jsonl, evaluations.jsonl, the checkpoint, and at the end adapter/, adapter.gguf and result.json. */
  directory: string;
  options?: z.input<typeof trainOptionsSchema>;
  /** Default: what the directory was begun with, else `loadBackend()`'s choice. */
  backend?: Backend;
  /** Default: the model file's own. */
  tokenizer?: RowTokenizer;
  /** The stage's name in progress events. */
  stage?: string;
  signal?: AbortSignal | undefined;
  onProgress?: OnProgress | undefined;
  /** Awaited after every evaluation, with or without validation rows; an error ends the training, which can be continued. */
  onEvaluation?: ((evaluation: LiveEvaluation) => Promise<void>) | undefined;
}

function withModel<T>(path: string, read: (source: WeightSource) => T): T {
  const source = openWeightSource(path);
  try {
    return read(source);
  } finally {
    source.close();
  }
}

interface FittingRows {
  training: TokenRow[];
  validation: TokenRow[];
  dropped: TrainResult["dropped"];
}

async function fittingRows(request: TrainRequest, options: TrainOptions, maxTokens: number): Promise<FittingRows> {
  const own = request.tokenizer ? undefined : await loadTokenizer(request.modelPath);
  const tokenize = (row: TrainingRow): TokenRow => tokenizeRow(request.tokenizer ?? own!, row, options.loss);
  const all = request.rows.map(tokenize);
  const given = (request.validationRows ?? []).map(tokenize);
  await own?.dispose();
  const fits = ({ ids }: TokenRow): boolean => ids.length <= maxTokens;
  const dropped = [...all, ...given].filter((row) => !fits(row)).map(({ id, ids }) => ({ id, tokens: ids.length }));
  const rows = all.filter(fits);
  if (rows.length === 0)
    throw new InputError({
      got: `no row to train on (${dropped.length} longer than ${maxTokens} tokens)`,
      allowed: "at least one row",
      todo: dropped.length > 0 ? "raise maxTokens or shorten the rows" : "look at what the filter rejected",
    });
  if (!request.validationRows) return { ...splitRows(rows, options), dropped };
  if (options.validationShare > 0)
    throw new InputError({ got: "validation rows and a validation share", allowed: "one of them" });
  return { training: rows, validation: given.filter(fits), dropped };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function resultOf({ steps, evaluations, keptStep, stoppedEarly }: LoopResult, { validation, training, dropped }: FittingRows) {
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const best = bestEvaluation(evaluations);
  const seconds = sum(steps.map((row) => row.seconds));
  const tokens = sum(steps.map((row) => row.tokens));
  return {
    ...{ steps: last.step, epochs: last.epoch, rows: training.length, dropped },
    ...{ firstLoss: first.loss, lastLoss: last.loss, tokens, targetTokens: sum(steps.map((row) => row.targetTokens)) },
    ...{ seconds: Number(seconds.toFixed(1)), tokensPerSecond: Math.round(tokens / seconds) },
    residentBytes: steps.reduce((most, row) => Math.max(most, row.residentBytes), 0),
    validation: best
      ? {
          ...{ rows: validation.length, bestStep: best.step, bestLoss: best.loss!, keptStep, stoppedEarly },
          lastLoss: evaluations.at(-1)!.loss!,
        }
      : null,
  };
}

/**
 * Trains an adapter and writes it for PEFT and for llama.cpp. A finished directory is returned as it is; an interrupted one goes on
 * from its checkpoint and ends, on the same backend, in the same bits as an uninterrupted run. The event loop gets a turn between
 * parts of a batch, so an aborted `signal` leads to a checkpoint and StoppedError within one part.
 * @throws InputError for bad options, a directory of another training, or no row that fits; RunError when the memory cannot be enough, or
 * the loss is not finite or runs away.
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
  const { modelPath, directory, signal, onProgress, onEvaluation, stage = "lora" } = request;
  const options = parseTrainOptions(request.options ?? {});
  const unlock = lockDirectory(directory);
  try {
    const { backend, precision } = await settleDirectory({ ...request, options });
    const finished = readTrainResult(directory);
    if (finished) return finished;
    const { contextTokens } = withModel(modelPath, ({ architecture }) => architecture);
    const fitting = await fittingRows(request, options, Math.min(options.maxTokens, contextTokens));
    throwIfStopped(signal, stage);
    const ops = backend.ops(precision);
    const watch = startStage(`${stage}: memory`, onProgress);
    const { adapter, memory, weights } = withModel(modelPath, (source) => {
      const adapter = initialAdapter(source.architecture, options, options.seed);
      const memory = planMemory({
        ...{ source, adapter, precision, fused: !ops.attentionWantsMask, part: largestPart(fitting.training, options) },
        ...{ residency: options.residency, memoryBytes: options.memoryBytes },
        freeBytes: Math.min(backend.freeBytes(), controlGroupBytes()),
      });
      watch.finish(describePlan(memory));
      return { adapter, memory, weights: loadWeights(ops, source, memory.residency) };
    });
    try {
      const save = (paths: AdapterPaths): AdapterPaths => {
        savePeftAdapter(paths.adapter, adapter, basename(modelPath));
        saveGgufAdapter(paths.adapterGguf, adapter, stage);
        return paths;
      };
      const exportAdapter = (step: number, folder = join(directory, `step-${step}`)) => save(adapterPaths(folder));
      const loop = await runSteps({
        ...{ directory, signal, onProgress, stage, model: { ops, weights }, adapter },
        options: { ...options, memoryBytes: memory.activationLimit },
        ...{ rows: fitting.training, validationRows: fitting.validation },
        steps: options.steps ?? Math.ceil(stepsPerEpoch(fitting.training.length, options.batchSize) * options.epochs),
        onEvaluation:
          onEvaluation &&
          ((evaluation) => onEvaluation({ ...evaluation, exportAdapter: (folder) => exportAdapter(evaluation.step, folder) })),
      });
      const paths = save(adapterPaths(directory));
      const result = {
        ...{ ...resultOf(loop, fitting), parameters: adapter.parameters.length },
        ...{ backend: backend.name, precision, memory },
      };
      writeJson(resultPath(directory), result);
      for (const path of [checkpointPath(directory), bestPath(directory)]) rmSync(path, { force: true });
      return { ...result, ...paths };
    } finally {
      ops.dispose(weights);
    }
  } finally {
    unlock();
  }
}
