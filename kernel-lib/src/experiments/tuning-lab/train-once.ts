// The one training of the lab that is looked at closely: every step's record, the loss on held-out seeds, and what it says of a sentence.
import { readEvaluations, readTrainingLog, type TrainingEvaluation, type TrainingStep } from "../../lora/index.js";
import type { FormDifference } from "./compare-forms.js";
import type { FinishedTraining } from "./jobs.js";
import { labTraining, type TuningLab } from "./lab.js";
import type { PredictResult } from "./predict.js";
import { type JobOptions, startJob } from "./start-job.js";

export interface LabTraining extends FinishedTraining {
  steps: TrainingStep[];
  evaluations: TrainingEvaluation[];
  directory: string;
}

/** Highest rate of the lab's trainings: three times that of a whole run, as they take a few steps only. */
export const labLearningRate = 1e-3;

/** Trains in a process of its own; a finished training is returned as it is. */
export async function trainOnce(lab: TuningLab, options: JobOptions = {}): Promise<LabTraining> {
  const { steps, batchSize } = lab.size;
  const job = labTraining(lab, {
    options: { steps, batchSize, learningRate: labLearningRate, evaluateSteps: Math.ceil(steps / 8), keep: "last" },
  });
  const [finished] = await startJob("train", [job], options);
  const { directory } = job;
  return { ...finished!, directory, steps: readTrainingLog(directory), evaluations: readEvaluations(directory) };
}

/** What the model says next to a held-out seed's prompt, without and with a training's adapter, and its loss on every held-out seed. */
export function lookInside(
  lab: TuningLab,
  { result }: Pick<LabTraining, "result">,
  { sentence, ...options }: JobOptions & { sentence: number },
): Promise<PredictResult> {
  const { model, size, heldOut } = lab;
  const { continuationTokens } = size;
  const row = heldOut[sentence % heldOut.length]!;
  return startJob("predict", { modelPath: model.path, adapter: result.adapter, row, continuationTokens, rows: heldOut }, options);
}

/** How far the forms of a training's adapter are apart, over the first held-out seeds. */
export function compareAdapterForms(
  { model, heldOut }: TuningLab,
  { result, directory }: Pick<LabTraining, "result" | "directory">,
  options: JobOptions = {},
): Promise<FormDifference[]> {
  const { adapter, adapterGguf } = result;
  return startJob("compareForms", { modelPath: model.path, adapter, adapterGguf, directory, rows: heldOut.slice(0, 6) }, options);
}
