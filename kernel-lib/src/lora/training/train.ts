// LoRA training of a GGUF model on (prompt, completion) rows: logged, stoppable, and resumed to the bit after a kill.
import { rmSync } from "node:fs";
import { basename } from "node:path";
import type { z } from "zod";
import { loadTokenizer } from "../../models/index.js";
import {
  clock,
  InputError,
  lockDirectory,
  type OnProgress,
  openJsonlLog,
  startStage,
  throwIfStopped,
  writeJson,
  writeJsonl,
} from "../../runtime/index.js";
import { type Adapter, initialAdapter } from "../adapters/adapter.js";
import { saveGgufAdapter } from "../adapters/adapter-gguf.js";
import { savePeftAdapter } from "../adapters/adapter-peft.js";
import type { Backend } from "../backends/backend.js";
import { openGgufSource } from "../transformer/gguf-source.js";
import type { Model } from "../transformer/transformer.js";
import type { WeightSource } from "../transformer/weight-source.js";
import { loadWeights } from "../transformer/weights.js";
import { initialAdamWState } from "./adamw.js";
import { type RowTokenizer, rowsOfStep, type TokenRow, type TrainingRow, tokenizeRow } from "./batches.js";
import { checkpointPath, loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
import { optimiserStep } from "./optimiser-step.js";
import { learningRateAt, parseTrainOptions, type TrainOptions, type trainOptionsSchema } from "./train-options.js";
import { settleDirectory } from "./training-directory.js";
import {
  adapterPaths,
  logPath,
  readTrainResult,
  resultPath,
  type TrainingStep,
  type TrainResult,
  trainingStepSchema,
} from "./training-log.js";

export interface TrainRequest {
  /** The GGUF file that inference reads too. */
  modelPath: string;
  rows: readonly TrainingRow[];
  /** Holds config.json, log.jsonl, the checkpoint, and at the end adapter/, adapter.gguf and result.json. */
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
}

function withModel<T>(path: string, read: (source: WeightSource) => T): T {
  const source = openGgufSource(path);
  try {
    return read(source);
  } finally {
    source.close();
  }
}

interface FittingRows {
  rows: TokenRow[];
  dropped: TrainResult["dropped"];
}

async function fittingRows(request: TrainRequest, maxTokens: number): Promise<FittingRows> {
  const own = request.tokenizer ? undefined : await loadTokenizer(request.modelPath);
  const all = request.rows.map((row) => tokenizeRow(request.tokenizer ?? own!, row));
  await own?.dispose();
  const rows = all.filter(({ ids }) => ids.length <= maxTokens);
  const dropped = all.filter(({ ids }) => ids.length > maxTokens).map(({ id, ids }) => ({ id, tokens: ids.length }));
  if (rows.length > 0) return { rows, dropped };
  throw new InputError({
    got: `no row to train on (${dropped.length} longer than ${maxTokens} tokens)`,
    allowed: "at least one row",
    todo: dropped.length > 0 ? "raise maxTokens or shorten the rows" : "look at what the filter rejected",
  });
}

interface Loop extends Pick<TrainRequest, "directory" | "signal" | "onProgress"> {
  stage: string;
  model: Model;
  adapter: Adapter;
  rows: readonly TokenRow[];
  options: TrainOptions;
  steps: number;
}

/** Runs the steps that the directory's checkpoint lacks; the adapter is changed in place. Returns the log of all steps. */
async function runSteps({
  directory,
  signal,
  onProgress,
  stage,
  model,
  adapter,
  rows,
  options,
  steps,
}: Loop): Promise<TrainingStep[]> {
  const state = initialAdamWState(adapter.parameters.length);
  const checkpoint = loadCheckpoint(directory, adapter.parameters.length);
  if (checkpoint) {
    adapter.parameters.set(checkpoint.parameters);
    state.firstMoment.set(checkpoint.firstMoment);
    state.secondMoment.set(checkpoint.secondMoment);
  }
  const resumed = checkpoint?.step ?? 0;
  const openLog = () => openJsonlLog(logPath(directory), trainingStepSchema, "training step");
  const interrupted = openLog(); // cuts off a line that a kill tore
  interrupted.close();
  writeJsonl(logPath(directory), interrupted.rows.slice(0, resumed)); // steps that the checkpoint lacks come again
  const log = openLog();
  const history = [...log.rows];
  const watch = startStage(stage, onProgress, resumed);
  let saved = { step: resumed, at: clock.elapsed() };
  const save = (step: number): void => {
    if (step > saved.step) saveCheckpoint(directory, { parameters: adapter.parameters, ...state, step });
    saved = { step, at: clock.elapsed() };
  };
  try {
    for (let step = resumed; step < steps; step++) {
      const began = clock.elapsed();
      const learningRate = learningRateAt(step, steps, options);
      const pause = async (): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted) save(step);
        throwIfStopped(signal, stage);
      };
      const result = await optimiserStep({
        model,
        adapter,
        state,
        rows: rowsOfStep(rows, step, options),
        options,
        step,
        learningRate,
        pause,
      });
      const tokensPerSecond = Math.round((result.tokens / (clock.elapsed() - began)) * 1000);
      const epoch = Number((((step + 1) * options.batchSize) / rows.length).toFixed(3));
      const row: TrainingStep = { step: step + 1, epoch, learningRate, ...result, tokensPerSecond };
      log.append(row);
      history.push(row);
      watch.update({
        ...{ done: row.step, total: steps, unit: "steps", point: { step: row.step, loss: row.loss } },
        message: `loss ${row.loss.toFixed(3)} · ${tokensPerSecond} tok/s`,
      });
      const due =
        row.step - saved.step >= options.checkpointSteps || clock.elapsed() - saved.at >= options.checkpointSeconds * 1000;
      if (due) save(row.step);
    }
  } finally {
    log.close();
  }
  watch.finish(`loss ${history[0]!.loss.toFixed(3)} → ${history.at(-1)!.loss.toFixed(3)}`);
  return history;
}

/**
 * Trains an adapter and writes it for PEFT and for llama.cpp. A finished directory is returned as it is; an interrupted one goes on
 * from its checkpoint and ends, on the same backend, in the same bits as an uninterrupted run. The event loop gets a turn between
 * parts of a batch, so an aborted `signal` leads to a checkpoint and StoppedError within one part.
 * @throws InputError for bad options, a directory of another training, or no row that fits; RunError when the loss is not finite.
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
  const { modelPath, directory, signal, onProgress, stage = "lora" } = request;
  const options = parseTrainOptions(request.options ?? {});
  const unlock = lockDirectory(directory);
  try {
    const { backend, precision } = await settleDirectory({ ...request, options });
    const finished = readTrainResult(directory);
    if (finished) return finished;
    const { contextTokens } = withModel(modelPath, ({ architecture }) => architecture);
    const { rows, dropped } = await fittingRows(request, Math.min(options.maxTokens, contextTokens));
    throwIfStopped(signal, stage);
    const ops = backend.ops(precision);
    const weights = withModel(modelPath, (source) => loadWeights(ops, source));
    try {
      const steps = options.steps ?? Math.ceil((rows.length / options.batchSize) * options.epochs);
      const adapter = initialAdapter(weights.architecture, options, options.seed);
      const history = await runSteps({
        directory,
        signal,
        onProgress,
        stage,
        model: { ops, weights },
        adapter,
        rows,
        options,
        steps,
      });
      const paths = adapterPaths(directory);
      savePeftAdapter(paths.adapter, adapter, basename(modelPath));
      saveGgufAdapter(paths.adapterGguf, adapter, stage);
      const total = (field: "tokens" | "targetTokens"): number => history.reduce((sum, row) => sum + row[field], 0);
      const seconds = history.reduce((sum, row) => sum + row.tokens / row.tokensPerSecond, 0);
      const [first, last] = [history[0]!, history.at(-1)!];
      const result = {
        ...{ steps, epochs: last.epoch, rows: rows.length, dropped, parameters: adapter.parameters.length },
        ...{ firstLoss: first.loss, lastLoss: last.loss, tokens: total("tokens"), targetTokens: total("targetTokens") },
        ...{ seconds: Number(seconds.toFixed(1)), tokensPerSecond: Math.round(total("tokens") / seconds) },
        ...{ backend: backend.name, precision },
      };
      writeJson(resultPath(directory), result);
      rmSync(checkpointPath(directory), { force: true });
      return { ...result, ...paths };
    } finally {
      ops.dispose(weights);
    }
  } finally {
    unlock();
  }
}
