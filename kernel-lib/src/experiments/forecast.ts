// What a size would ask for, and how long it would take on this machine, scaled from the seconds that the stages of a finished run took.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { getTask } from "../evaluate/index.js";
import { homeDirectory } from "../runtime/index.js";
import { type Budget, type RunConfig, sizeNames } from "./config.js";
import { askedSystems, scoredLabels, systemsScoringLabels } from "./evaluated-systems.js";
import { reopenRun } from "./run.js";
import { RunDirectory, type StageSeconds } from "./run-directory.js";
import { recipes, type TunedSystem } from "./systems.js";

/** The embedded biomedical set where a budget names no number. */
const seedCount = ({ seeds }: Budget): number => seeds ?? 80;
const steps = (rows: number, { epochs, maxSteps, steps: equal }: Budget, batch: number): number =>
  equal ?? Math.min(maxSteps, Math.ceil((rows * epochs) / batch));

function rowsOf(system: TunedSystem, budget: Budget): number {
  const { rows } = recipes[system];
  return (rows.startsWith("seeds") ? seedCount(budget) : 0) + (rows.endsWith("generated") ? budget.targetRows : 0);
}

export interface WorkPlan {
  /** Rows the filter may keep, and the most instructions that are written for them. */
  targetRows: number;
  maxAttempts: number;
  /** Optimiser steps of all trainings together, at most. */
  trainingSteps: number;
  /** Questions to a model, over systems, tasks, items, shots and draws; a label whose likelihood is asked for is one more. */
  questions: number;
  /** The answers among them in units of one without demonstrations; a label costs its own few tokens. */
  questionUnits: number;
}

/** Of a question: all items of a task share their demonstrations, which the server evaluates once. Fits `quick` against `laptop`, 62 s and 1,806 s. */
const shotCost = 0.25;

/** Counts what a run asks for, before anything is asked. */
export function planWork(config: RunConfig): WorkPlan {
  const { budget, lora, systems } = config;
  const { targetRows, maxAttempts, items, shots, draws } = budget;
  const tasks = config.tasks.map(getTask);
  const labels = systemsScoringLabels(config).length * tasks.reduce((sum, task) => sum + scoredLabels(task), 0);
  const answers = askedSystems(config).length * tasks.length;
  const asked = shots.map((k) => ({ k, times: items * (k === 0 ? 1 : draws) }));
  return {
    targetRows,
    maxAttempts,
    trainingSteps: systems.reduce((sum, system) => sum + steps(rowsOf(system, budget), budget, lora.batchSize), 0),
    questions: asked.reduce((sum, { times }) => sum + (answers + labels) * times, 0),
    questionUnits: asked.reduce((sum, { k, times }) => sum + answers * times * (1 + k * shotCost), 0),
  };
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Minutes of a run, from the stages of a finished one of the same experiment and machine. */
export function forecastMinutes(config: RunConfig, from: { config: RunConfig; stages: readonly StageSeconds[] }): number {
  const [now, then] = [planWork(config), planWork(from.config)];
  const rows = ratio(now.targetRows, then.targetRows);
  const scale: Record<string, number> = {
    instructions: rows,
    responses: rows,
    lora: ratio(now.trainingSteps, then.trainingSteps),
    evaluate: ratio(now.questionUnits, then.questionUnits),
  };
  return from.stages.reduce((sum, { stage, seconds }) => sum + (seconds * (scale[stage] ?? 1)) / 60, 0);
}

/** The largest finished run of an experiment under `.selfspec/runs`, to measure from. */
export function findMeasuredRun(name: string): { config: RunConfig; stages: StageSeconds[] } | undefined {
  const folder = homeDirectory("runs");
  const finished = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((entry) => entry.startsWith(`${name}-`) && existsSync(join(folder, entry, "report", "results.json")))
    .map((entry) => ({ config: reopenRun(join(folder, entry)).config, stages: new RunDirectory(join(folder, entry)).stages() }))
    .filter(({ config }) => config.adaptersFrom === null);
  return finished.sort((a, b) => sizeNames.indexOf(b.config.size) - sizeNames.indexOf(a.config.size))[0];
}
