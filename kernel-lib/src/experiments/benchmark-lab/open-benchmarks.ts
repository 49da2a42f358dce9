// An evaluation opened to be looked at: scores, differences, and every answer behind them. The folder is that of a run or evaluation, or a
// published one, whose answers lie in one packed file without what repeats a benchmark.
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { z } from "zod";
import { type ContaminationReport, type Likelihood, likelihoodSchema, publishedPredictionSchema } from "../../evaluate/index.js";
import { headlineSystem, type ResultsInput } from "../../report/index.js";
import { InputError, projectRoot, readJson, readJsonl } from "../../runtime/index.js";
import type { RunConfig } from "../config.js";
import { readContamination } from "../contamination-gate.js";
import { type Evaluation, evaluationSchema } from "../evaluate-stage.js";
import { answeringSystems } from "../evaluated-systems.js";
import type { PublishedPrediction } from "../foreign-text.js";
import { configHash } from "../load-config.js";
import { type Run, reopenRun } from "../run.js";
import { dataSetsBehind } from "../systems.js";
import { findLocalItems, type LocalItems } from "./local-items.js";

export interface Benchmarks extends Omit<ResultsInput, "origins">, Pick<Evaluation, "origins"> {
  /** The folder's name. */
  label: string;
  /** Absolute; what `openEvaluation` takes as its origin. */
  path: string;
  config: RunConfig;
  /** Eight hex digits that name the configuration. */
  configHash: string;
  predictions: PublishedPrediction[];
  likelihoods: Likelihood[];
  /** What was found of the test items in each data set that a system was tuned on; none where nobody searched. */
  contamination: { system: string; report: ContaminationReport }[];
  /** Everything that answered, in the order of the table. */
  systems: string[];
  /** The tuned system that tables lead with and examples are taken from; null where none was tuned. */
  tuned: string | null;
  /** The items of a task on this machine, read when they are first asked for. @throws InputError for a task that was not scored. */
  items(taskId: string): LocalItems;
}

/** The rows of a packed file, else of the files that an evaluation keeps by system and task. */
function readRows<T>(folder: string, packed: string, files: readonly string[], schema: z.ZodType<T>): T[] {
  const whole = join(folder, `${packed}.jsonl.gz`);
  if (existsSync(whole)) return readJsonl(whole, schema, "answer");
  return files
    .map((file) => join(folder, "evaluate", file))
    .filter(existsSync)
    .flatMap((path) => readJsonl(path, schema, "answer"));
}

function readReports({ config, directory }: Run): Benchmarks["contamination"] {
  return dataSetsBehind(config.systems).flatMap((system) => {
    const report = readContamination(directory, system);
    return report === undefined ? [] : [{ system, report }];
  });
}

/**
 * Opens the evaluation in a folder, relative to the project's root.
 * @throws InputError for a folder that is not there or holds no scores.
 */
export function openBenchmarks({ path }: { path: string }): Benchmarks {
  const folder = resolve(projectRoot(), path);
  const scores = join(folder, "evaluate", "scores.json");
  if (!existsSync(scores))
    throw new InputError({
      got: `${path} has no evaluate/scores.json`,
      allowed: "the folder of an evaluated run, or of a published one",
      todo: "npm run selfspec -- evaluate RUN makes one, and publish puts it under data/results",
    });
  const run = reopenRun(folder);
  const { config } = run;
  const { meta, deviations } = run.result();
  const evaluation = evaluationSchema.parse(readJson(scores));
  const { origins } = evaluation;
  const systems = answeringSystems(config);
  const files = (ending: string): string[] =>
    config.tasks.flatMap((task) => systems.map((system) => join(system, `${task}${ending}`)));
  const local = new Map<string, LocalItems>();
  return {
    ...evaluation,
    ...{ meta, deviations, config, systems, path: folder },
    label: basename(folder),
    configHash: configHash(config),
    predictions: readRows(folder, "predictions", files(".jsonl"), publishedPredictionSchema),
    likelihoods: readRows(folder, "likelihoods", files(".likelihood.jsonl"), likelihoodSchema),
    contamination: readReports(run),
    tuned: config.systems.find((system) => system === headlineSystem(evaluation)) ?? null,
    items(taskId) {
      const origin = origins[taskId];
      const found = local.get(taskId) ?? (origin && findLocalItems(taskId, origin));
      if (found === undefined)
        throw new InputError({ got: `task "${taskId}" of ${path}`, allowed: Object.keys(origins).join(", ") });
      local.set(taskId, found);
      return found;
    },
  };
}
