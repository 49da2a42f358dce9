// Rank and targets at small size: the same few steps for each combination, repeated with other seeds, measured on seeds not trained on.
import { startStage } from "../../runtime/index.js";
import { labTraining, type TuningLab } from "./lab.js";
import { type JobOptions, startJob } from "./start-job.js";
import { labLearningRate } from "./train-once.js";

/** By the names that figures print. */
const targetChoices = {
  "attention only": ["q_proj", "k_proj", "v_proj", "o_proj"],
  "all linear layers": "all-linear",
};

export interface AblationRow {
  rank: number;
  targets: string;
  /** Of the training: its initial A matrices and the order of its rows. */
  seed: number;
  /** Trained numbers. */
  parameters: number;
  /** Mean negative log-likelihood of the held-out completions after the last step, nats a token. */
  heldOutLoss: number;
}

/** All in one process of their own, one after the other; finished trainings are not repeated. Alpha is twice the rank throughout. */
export async function ablate(lab: TuningLab, { onProgress, signal }: JobOptions = {}): Promise<AblationRow[]> {
  const { ranks, repeats, steps, batchSize } = lab.size.ablation;
  const common = { steps, batchSize, learningRate: labLearningRate, evaluateSteps: steps, keep: "last" } as const;
  const planned = Object.entries(targetChoices).flatMap(([targets, named]) =>
    ranks.flatMap((rank) =>
      Array.from({ length: repeats }, (_, seed) => ({
        ...{ targets, rank, seed },
        job: labTraining(lab, { options: { ...common, rank, alpha: 2 * rank, targets: named, seed } }),
      })),
    ),
  );
  const watch = startStage("ablation", onProgress);
  let done = 0;
  const finished = await startJob(
    "train",
    planned.map(({ job }, index) => ({ ...job, stage: `training ${index + 1}` })),
    {
      signal,
      onProgress({ stage, state, message, point }) {
        if (point?.loss !== undefined)
          watch.update({ done: ++done, total: planned.length * steps, unit: "steps", message: `${stage}: ${message}` });
        else if (state === "started") done = Math.max(done, steps * (Number(/^training (\d+)/.exec(stage)?.[1] ?? 1) - 1));
      },
    },
  );
  watch.finish(`${planned.length} trainings of ${steps} steps`);
  return planned.map(({ rank, targets, seed }, index) => {
    const { parameters, validation } = finished[index]!.result;
    return { rank, targets, seed, parameters, heldOutLoss: validation!.lastLoss };
  });
}
