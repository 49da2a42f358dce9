// One adapter in all the forms it can take, beside the base or merged into it: how far are their log-probabilities apart?
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  mergeAdapter,
  openPredictor,
  type PredictorOptions,
  readAdapter,
  type TrainingRow,
  tokenizeRow,
} from "../../lora/index.js";
import { loadTokenizer } from "../../models/index.js";
import { startStage, throwIfStopped } from "../../runtime/index.js";
import type { JobContext } from "./jobs.js";

export interface CompareJob {
  modelPath: string;
  /** As PEFT has it, and as llama.cpp has it. */
  adapter: string;
  adapterGguf: string;
  /** Compared at every token of their completions. */
  rows: readonly TrainingRow[];
  /** A merged file is written here and removed again. */
  directory: string;
}

/** Against base + PEFT adapter, products in float32. */
export interface FormDifference {
  form: string;
  /** Largest difference of any token's log-probability, and the mean, in nats. */
  worst: number;
  mean: number;
  /** Positions whose likeliest token is the same, and all. */
  sameFirst: number;
  positions: number;
}

const argMax = (values: Float32Array): number => values.indexOf(values.reduce((a, b) => Math.max(a, b)));

function difference(form: string, reference: readonly Float32Array[], other: readonly Float32Array[]): FormDifference {
  let [worst, sum, count, sameFirst] = [0, 0, 0, 0];
  reference.forEach((expected, position) => {
    const got = other[position]!;
    expected.forEach((value, id) => {
      const apart = Math.abs(value - got[id]!);
      worst = Math.max(worst, apart);
      sum += apart;
    });
    count += expected.length;
    if (argMax(expected) === argMax(got)) sameFirst++;
  });
  return { form, worst, mean: sum / count, sameFirst, positions: reference.length };
}

/** Loads the model once a form, one after the other. */
export async function compareForms(job: CompareJob, { onProgress, signal }: JobContext): Promise<FormDifference[]> {
  const { modelPath, adapter, adapterGguf, rows, directory } = job;
  const tokenizer = await loadTokenizer(modelPath);
  const tokenRows = rows.map((row) => tokenizeRow(tokenizer, row));
  await tokenizer.dispose();
  const logProbs = async (options: PredictorOptions): Promise<Float32Array[]> => {
    const predictor = await openPredictor(options);
    try {
      const all: Float32Array[] = [];
      for (const { ids, promptTokens } of tokenRows) {
        const positions = ids.slice(promptTokens).map((_, index) => promptTokens + index - 1);
        all.push(...(await predictor.logProbs(ids.slice(0, -1), positions)));
      }
      return all;
    } finally {
      predictor.close();
    }
  };
  const merged = join(directory, "merged.gguf");
  rmSync(merged, { force: true });
  mergeAdapter({ base: modelPath, adapter: readAdapter({ adapter, model: modelPath }), target: merged });
  const forms: [string, PredictorOptions][] = [
    ["merged into the weights as they are read, float32", { modelPath, adapter, merged: true }],
    ["merged into a new GGUF file, weights rounded to F16", { modelPath: merged }],
    ["beside the base, as the GGUF LoRA that llama.cpp loads", { modelPath, adapter: adapterGguf }],
    ["no adapter at all (to see what a difference would be)", { modelPath }],
  ];
  const watch = startStage("forms of the adapter", onProgress);
  try {
    const reference = await logProbs({ modelPath, adapter });
    const differences: FormDifference[] = [];
    for (const [form, options] of forms) {
      throwIfStopped(signal, "the comparison");
      watch.update({ done: differences.length, total: forms.length, unit: "forms" });
      differences.push(difference(form, reference, await logProbs(options)));
    }
    watch.update({ done: forms.length, total: forms.length, unit: "forms" });
    watch.finish();
    return differences;
  } finally {
    rmSync(merged, { force: true });
  }
}
