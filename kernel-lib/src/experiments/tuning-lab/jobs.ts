// What the tuning lab computes, each a function of plain data to plain data, so that it can run in a process of its own.
import { join } from "node:path";
import { type BackendReport, backendReport, loadBackend, type TrainRequest, type TrainResult, train } from "../../lora/index.js";
import type { OnProgress } from "../../runtime/index.js";
import { compareForms } from "./compare-forms.js";
import { predict } from "./predict.js";

export interface JobContext {
  onProgress: OnProgress;
  signal: AbortSignal;
}

export interface TrainingJob
  extends Pick<TrainRequest, "modelPath" | "rows" | "validationRows" | "directory" | "options" | "stage"> {
  /** As for `loadBackend`. */
  backend: string;
}

export interface FinishedTraining {
  result: TrainResult;
  /** Resident memory of the process: before the training, with the backend loaded, and at its peak so far. */
  startBytes: number;
  peakBytes: number;
}

const kibibyte = 1024; // the unit of maxRSS

async function runTrainings(trainings: readonly TrainingJob[], context: JobContext): Promise<FinishedTraining[]> {
  const finished: FinishedTraining[] = [];
  for (const { backend: name, ...request } of trainings) {
    const backend = await loadBackend({ name });
    const startBytes = process.memoryUsage.rss();
    const result = await train({ ...request, ...context, backend });
    finished.push({ result, startBytes, peakBytes: process.resourceUsage().maxRSS * kibibyte });
  }
  return finished;
}

export const jobs = {
  backends: (_: null): Promise<BackendReport[]> => backendReport(),
  train: runTrainings,
  predict,
  compareForms,
};

export type Jobs = typeof jobs;
export type JobName = keyof Jobs;

export const jobScript = join("experiments", "tuning-lab", "job-process.js");
