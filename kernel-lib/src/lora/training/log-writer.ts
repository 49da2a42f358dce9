// The logs of a running training: cut back to the step of the checkpoint it goes on from, then appended to.
import type { z } from "zod";
import { openJsonlLog, writeJsonl } from "../../runtime/index.js";
import { evaluationSchema, evaluationsPath, type TrainingEvaluation } from "./evaluation.js";
import { logPath, type TrainingStep, trainingStepSchema } from "./training-log.js";

export interface TrainingRecords {
  /** Of all steps and evaluations, those of earlier processes included. */
  readonly steps: readonly TrainingStep[];
  readonly evaluations: readonly TrainingEvaluation[];
  addStep(row: TrainingStep): void;
  addEvaluation(row: TrainingEvaluation): void;
  close(): void;
}

function openCut<T extends { step: number }>(path: string, schema: z.ZodType<T>, what: string, step: number) {
  const interrupted = openJsonlLog(path, schema, what); // cuts off a line that a kill tore
  interrupted.close();
  writeJsonl(
    path,
    interrupted.rows.filter((row) => row.step <= step),
  ); // what the checkpoint lacks comes again
  return openJsonlLog(path, schema, what);
}

/** Opens the logs of a training that goes on after `step` steps. */
export function openRecords(directory: string, step: number): TrainingRecords {
  const stepLog = openCut(logPath(directory), trainingStepSchema, "training step", step);
  const evaluationLog = openCut(evaluationsPath(directory), evaluationSchema, "evaluation", step);
  const steps = [...stepLog.rows];
  const evaluations = [...evaluationLog.rows];
  return {
    steps,
    evaluations,
    addStep(row) {
      stepLog.append(row);
      steps.push(row);
    },
    addEvaluation(row) {
      evaluationLog.append(row);
      evaluations.push(row);
    },
    close() {
      stepLog.close();
      evaluationLog.close();
    },
  };
}
