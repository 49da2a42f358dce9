// The adapters of test/oracles/peft (made by peft_adapters.py) and what PEFT computed with them.
import { join } from "node:path";
import { uploadAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { loadAdapter } from "../../kernel-lib/src/lora/adapters/load-adapter.js";
import { loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import type { Architecture } from "../../kernel-lib/src/lora/transformer/architecture.js";
import { openWeightSource } from "../../kernel-lib/src/lora/transformer/open-weight-source.js";
import { nextTokenLogProbs } from "../../kernel-lib/src/lora/transformer/transformer.js";
import { loadWeights } from "../../kernel-lib/src/lora/transformer/weights.js";
import { readSafetensors } from "../../kernel-lib/src/models/index.js";
import { readJson } from "../../kernel-lib/src/runtime/index.js";
import { type OracleName, oracleFolder } from "./oracle-models.js";

export const peftNames = ["patterns", "rslora-half", "expression-bfloat", "excluded", "conv1d"] as const;
export type PeftName = (typeof peftNames)[number];

export const peftFolder = (name: PeftName): string => new URL(`../oracles/peft/${name}`, import.meta.url).pathname;

export function tinyArchitecture(name: OracleName): Architecture {
  const source = openWeightSource(oracleFolder(name));
  source.close();
  return source.architecture;
}

function logSoftmax(logits: Float32Array, vocabulary: number): number[] {
  return Array.from({ length: logits.length / vocabulary }, (_, i) =>
    logits.subarray(i * vocabulary, (i + 1) * vocabulary),
  ).flatMap((row) => {
    const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
    return Array.from(row, (value) => value - logSum);
  });
}

export interface PeftOracle {
  model: OracleName;
  prompts: number[][];
  /** Log-probabilities at every position of every prompt, one after the other. */
  golden: number[];
}

export function peftOracle(name: PeftName): PeftOracle {
  const { model, prompts } = readJson(join(peftFolder(name), "golden.json")) as Pick<PeftOracle, "model" | "prompts">;
  const file = readSafetensors(join(peftFolder(name), "golden.safetensors"));
  const golden = prompts.flatMap((_, i) => logSoftmax(file.readTensor(`adapted.${i}`), file.tensor(`adapted.${i}`).shape[1]!));
  file.close();
  return { model, prompts, golden };
}

/** The same by our transformer, on a model file or folder with an adapter file or folder. */
export async function logProbsOf(options: { model: string; adapter?: string; prompts: readonly number[][] }): Promise<number[]> {
  const ops = (await loadBackend({ name: "cpu" })).ops("float32");
  const source = openWeightSource(options.model);
  const weights = loadWeights(ops, source);
  source.close();
  const adapters = options.adapter && uploadAdapter(ops, loadAdapter(options.adapter, weights.architecture));
  const results: number[] = [];
  for (const tokens of options.prompts) {
    const positions = tokens.map((_, i) => i);
    const rows = await nextTokenLogProbs({ model: { ops, weights }, tokens, positions, ...(adapters && { adapters }) });
    results.push(...rows.flatMap((row) => [...row]));
  }
  ops.dispose([weights, adapters]);
  return results;
}

/** The largest difference. */
export const farthest = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) : Number.NaN;
