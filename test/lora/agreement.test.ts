import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Adapter, initialAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { saveGgufAdapter } from "../../kernel-lib/src/lora/adapters/adapter-gguf.js";
import { savePeftAdapter } from "../../kernel-lib/src/lora/adapters/adapter-peft.js";
import {
  agreement,
  compareDistributions,
  ownLogProbs,
  type ServerDistribution,
} from "../../kernel-lib/src/lora/adapters/agreement.js";
import { mergeAdapter } from "../../kernel-lib/src/lora/adapters/merge.js";
import { loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import { ggufArchitecture } from "../../kernel-lib/src/lora/transformer/gguf-architecture.js";
import { findModel, loadTokenizer, readGguf, requantisedModel } from "../../kernel-lib/src/models/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { temporaryDirectory } from "./tiny-model.js";

const prompts = [
  "The kidney filters the blood and",
  "Name the gene that is mentioned here: mutations of the tumour suppressor were found in",
  "A patient with a fever, a stiff neck and a headache most likely has",
  "Aspirin inhibits the enzyme",
  "Question: Does smoking raise the risk of lung cancer?\nAnswer:",
  "List the diseases: asthma, table, diabetes, chair.\n1.",
  "The company's revenue rose from 120 to 150 million, an increase of",
  "Interest rates went up, so bond prices",
  "1, 2, 3, 4, 5,",
  "### Instruction:\nTranslate to French: good morning\n\n### Response:\n",
  "Insulin is made by the beta cells of the",
  "The opposite of hypertension is",
  "for (let i = 0; i < 10; i++) {",
  "Once upon a time there was a small",
  "Entities: BRCA1 (gene), breast cancer (",
  "The heart has four",
  "Sentiment of 'shares fell sharply after the warning':",
  "Water boils at a temperature of",
  "The abstract reports no difference between the groups (p = 0.",
  "Penicillin was discovered by",
];

async function nativeBackendIsHere(): Promise<boolean> {
  return loadBackend({ name: "tensorflow" }).then(
    () => true,
    () => false,
  );
}

/** The ten likeliest next tokens by llama.cpp, with an adapter or without. */
async function llamaCpp(modelPath: string, tokens: number[][], adapter?: string): Promise<ServerDistribution[]> {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const llama = await getLlama({ build: "never", gpu: false, logLevel: LlamaLogLevel.error, progressLogs: false });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 128, threads: 1, ...(adapter && { lora: adapter }) });
  const sequence = context.getSequence();
  const distributions: ServerDistribution[] = [];
  for (const ids of tokens) {
    await sequence.clearHistory();
    const last = ids.length - 1;
    const input = ids.map((id, i) => (i === last ? ([id, { generateNext: { probabilities: true } }] as const) : id));
    const output = await sequence.controlledEvaluate(input as Parameters<typeof sequence.controlledEvaluate>[0]);
    const likeliest = [...output[last]!.next.probabilities!].slice(0, 10).map(([id, p]) => [id, Math.log(p)] as const);
    distributions.push({ tokens: ids, likeliest: new Map(likeliest) });
  }
  await llama.dispose();
  return distributions;
}

const native = await nativeBackendIsHere();

/** An adapter that changes the model: A as PEFT begins, B random; in both forms. */
function writeRandomAdapter(path: string, id: string): { adapter: Adapter; directory: string; adapterGguf: string } {
  const file = readGguf(path);
  const adapter = initialAdapter(ggufArchitecture(file), { rank: 8, alpha: 16, targets: "all-linear" }, 5);
  file.close();
  const random = deriveRandom(6);
  for (const { offsetB, rank, out } of adapter.linears)
    for (let i = 0; i < rank * out; i++) adapter.parameters[offsetB + i] = random.normal() * 0.03;
  const directory = temporaryDirectory();
  const adapterGguf = join(directory, "adapter.gguf");
  savePeftAdapter(directory, adapter, id);
  saveGgufAdapter(adapterGguf, adapter, "random");
  return { adapter, directory, adapterGguf };
}

describe.each(["smollm2-135m-instruct", "gemma-3-270m"])("%s", (id) => {
  const model = findModel(id);
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => void (await Promise.all(closing.map((close) => close()))));

  it.skipIf(!model || !native)(
    "gives the ten likeliest next tokens llama.cpp's log-probabilities within 0.03, before and after an adapter",
    { timeout: 180_000 },
    async () => {
      const { path } = model!;
      const f16 = await requantisedModel({ model: model!, type: "F16" });
      const tokenizer = await loadTokenizer(path);
      closing.push(() => tokenizer.dispose());
      const tokens = prompts.map((text) => [...(tokenizer.addBos ? [tokenizer.bos!] : []), ...tokenizer.encode(text)]);

      const base = await llamaCpp(f16, tokens);
      const own = await ownLogProbs({ modelPath: path, prompts: tokens });
      const likeliest = (distributions: ServerDistribution[]) => distributions.map((distribution) => distribution.likeliest);
      const plain = compareDistributions(own, likeliest(base));
      expect(plain.worst).toBeLessThan(0.03);
      expect(plain.sameFirst).toBe(prompts.length);

      const { directory, adapterGguf } = writeRandomAdapter(path, id);
      const tuned = await llamaCpp(f16, tokens, adapterGguf);
      const adapted = await agreement({ modelPath: path, adapter: directory, distributions: tuned });
      expect(adapted.worst).toBeLessThan(0.03);
      const ignored = compareDistributions(own, likeliest(tuned));
      expect(ignored.worst).toBeGreaterThan(0.3); // the adapter does change the model
      console.info(
        `${id}: base ${plain.worst.toFixed(4)}, base + adapter ${adapted.worst.toFixed(4)}, adapter ignored ${ignored.worst.toFixed(2)}`,
      );
    },
  );
});

const smol = findModel("smollm2-135m-instruct");

it.skipIf(!smol || !native)(
  "a merged GGUF file gives llama.cpp the log-probabilities of base + adapter within 0.03",
  { timeout: 180_000 },
  async () => {
    const { path } = smol!;
    const tokenizer = await loadTokenizer(path);
    const tokens = prompts.map((text) => tokenizer.encode(text));
    await tokenizer.dispose();
    const { adapter, directory } = writeRandomAdapter(path, "smollm2");
    const target = join(directory, "merged.gguf");
    mergeAdapter({ base: path, adapter, target, type: "F16" });
    const distributions = await llamaCpp(target, tokens);
    rmSync(target);
    const merged = await agreement({ modelPath: path, adapter: directory, distributions });
    expect(merged.worst).toBeLessThan(0.03);
    const ignored = await agreement({ modelPath: path, distributions });
    expect(ignored.worst).toBeGreaterThan(0.3);
    console.info(`merged as F16: ${merged.worst.toFixed(4)}, adapter ignored ${ignored.worst.toFixed(2)}`);
  },
);
