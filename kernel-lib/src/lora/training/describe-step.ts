// A training's step in one line, for terminal and notebook.
import type { TrainingEvaluation } from "./evaluation.js";
import type { TrainingStep } from "./training-log.js";

/** Loss, the last validation loss where there is one, learning rate, gradient norm, speed and memory. */
export function describeStep(step: TrainingStep, evaluations: readonly TrainingEvaluation[]): string {
  const validation = evaluations.at(-1)?.loss;
  return [
    `loss ${step.loss.toFixed(3)}`,
    ...(typeof validation === "number" ? [`validation ${validation.toFixed(3)}`] : []),
    `rate ${step.learningRate.toExponential(1)}`,
    `gradient ${step.gradientNorm.toFixed(2)}`,
    `${step.tokensPerSecond} tok/s`,
    `${(step.residentBytes / 2 ** 30).toFixed(2)} GiB`,
  ].join(" · ");
}
