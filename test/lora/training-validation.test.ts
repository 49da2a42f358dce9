// Rows that are measured and never learned: the split, the best adapter, the early stop, the hook, and their resumption.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  type LiveEvaluation,
  readEvaluations,
  readTrainingLog,
  type TrainRequest,
  train,
} from "../../kernel-lib/src/lora/index.js";
import { splitRows } from "../../kernel-lib/src/lora/training/validation-loss.js";
import { InputError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { adapterBytes, trainingRequest, trainingRows } from "./training-request.js";

// Rows of other letters than the trained ones: learning the latter by heart makes these worse before long.
const validationRows = ["quit", "wick", "jinx"].map((word, i) => ({ id: `held-${i}`, prompt: `${word}:`, completion: word }));

const forgetting = (changes: Partial<Omit<TrainRequest, "backend">> = {}): Promise<TrainRequest> =>
  trainingRequest({
    validationRows,
    ...changes,
    options: { steps: 40, batchSize: 5, learningRate: 0.05, schedule: "constant", evaluateSteps: 2, ...changes.options },
  });

/** Everything but the wall time. */
const evaluationsIn = (directory: string) => readEvaluations(directory).map(({ seconds: _, ...rest }) => rest);

it("draws the validation rows by the seed and leaves the others in their order", () => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ id: `${i}`, ids: [0, 1], promptTokens: 1 }));
  const split = (validationShare: number, seed = 1) => splitRows(rows, { validationShare, seed });
  const { training, validation } = split(0.2);
  expect(validation).toHaveLength(4);
  expect(training).toEqual(rows.filter((row) => !validation.includes(row)));
  expect(split(0.2)).toEqual({ training, validation });
  expect(split(0.2, 2).validation).not.toEqual(validation);
  expect(split(0.001).validation).toHaveLength(1);
  expect(split(0).validation).toEqual([]);
  expect(() => split(0.99)).toThrow(InputError);
});

it("trains on no validation row and measures at the end of each epoch", async () => {
  const job = await trainingRequest({ options: { validationShare: 0.2, epochs: 3, steps: null } });
  const { rows, steps, validation } = await train(job);
  expect([rows, steps, validation?.rows]).toEqual([4, 6, 1]);
  expect(readEvaluations(job.directory).map(({ step, epoch }) => [step, epoch])).toEqual([
    [2, 1],
    [4, 2],
    [6, 3],
  ]);
});

it("stops when the validation loss gets no better, and writes the adapter that had the best one", async () => {
  const exported = new Map<number, Buffer[]>();
  const onEvaluation = async ({ step, exportAdapter }: LiveEvaluation): Promise<void> => {
    exportAdapter();
    exported.set(step, adapterBytes(join(job.directory, `step-${step}`)));
  };
  const job: TrainRequest = await forgetting({ options: { patience: 3 }, onEvaluation: (live) => onEvaluation(live) });
  const { validation, steps } = await train(job);
  const evaluations = readEvaluations(job.directory);
  const best = evaluations.reduce((low, row) => (row.loss! < low.loss! ? row : low));
  expect(validation).toMatchObject({ bestStep: best.step, bestLoss: best.loss, keptStep: best.step, stoppedEarly: true });
  expect(steps).toBe(best.step + 6);
  expect(steps).toBeLessThan(40);
  expect(validation!.lastLoss).toBeGreaterThan(best.loss!);
  const [, weights] = adapterBytes(job.directory);
  expect(weights!.equals(exported.get(best.step)![1]!)).toBe(true);
  expect(readdirSync(job.directory)).not.toContain("best.safetensors");
});

it("writes the last adapter where that is asked for", async () => {
  const best = await forgetting({ options: { steps: 20 } });
  const last = await forgetting({ options: { steps: 20, keep: "last" } });
  const [kept, other] = [await train(best), await train(last)];
  expect(kept.validation!.bestStep).toBe(other.validation!.bestStep);
  expect(other.validation!.keptStep).toBe(20);
  expect(kept.validation!.keptStep).toBeLessThan(20);
  expect(adapterBytes(last.directory)).not.toEqual(adapterBytes(best.directory));
});

it("ends in the same bits and the same evaluations when it is stopped at any of several places", async () => {
  const options = { patience: 3, dropout: 0.2 };
  const whole = await forgetting({ options });
  const result = await train(whole);
  for (const stopAt of [3, 4, result.validation!.bestStep + 5]) {
    const broken = await forgetting({ modelPath: whole.modelPath, options });
    const stop = new AbortController();
    const stopped = train({ ...broken, signal: stop.signal, onProgress: ({ done }) => done === stopAt && stop.abort() });
    await expect(stopped).rejects.toThrow(StoppedError);
    expect(readTrainingLog(broken.directory)).toHaveLength(stopAt);
    expect((await train(broken)).validation).toEqual(result.validation);
    expect(evaluationsIn(broken.directory)).toEqual(evaluationsIn(whole.directory));
    expect(adapterBytes(broken.directory)).toEqual(adapterBytes(whole.directory));
  }
});

it("calls the hook without validation rows too, again where it failed, and never twice where it did not", async () => {
  const job = await trainingRequest({ options: { steps: 6, evaluateSteps: 2 } });
  const seen: [number, number | null][] = [];
  const onEvaluation = async ({ step, loss }: LiveEvaluation): Promise<void> => {
    seen.push([step, loss]);
    if (step === 4 && seen.length === 2) throw new Error("the disk of the hook is full");
  };
  await expect(train({ ...job, onEvaluation })).rejects.toThrow("the disk of the hook");
  expect((await train({ ...job, onEvaluation })).validation).toBeNull();
  expect(seen).toEqual([
    [2, null],
    [4, null],
    [4, null],
    [6, null],
  ]);
});

it("refuses both kinds of validation rows at once", async () => {
  await expect(train(await forgetting({ options: { validationShare: 0.5 } }))).rejects.toThrow(
    "validation rows and a validation share; allowed: one of them",
  );
});

it("measures the loss of the rows it trained on as the next step logs it", async () => {
  // All rows in every step and no change of the rate: what is measured after step 3 is what step 4 starts from.
  const job = await trainingRequest({
    validationRows: trainingRows,
    options: { batchSize: 5, steps: 4, evaluateSteps: 1, schedule: "constant", dropout: 0 },
  });
  await train(job);
  const measured = readEvaluations(job.directory).map(({ loss }) => loss!);
  const logged = readTrainingLog(job.directory).map(({ loss }) => loss);
  measured.slice(0, 3).forEach((loss, i) => {
    expect(loss).toBeCloseTo(logged[i + 1]!, 6);
  });
  expect(existsSync(join(job.directory, "evaluations.jsonl"))).toBe(true);
  expect(readFileSync(join(job.directory, "evaluations.jsonl"), "utf8").split("\n")).toHaveLength(5);
});
