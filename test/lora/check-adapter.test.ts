import { expect, it } from "vitest";
import { type Adapter, initialAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { savePeftAdapter } from "../../kernel-lib/src/lora/adapters/adapter-peft.js";
import { ownLogProbs } from "../../kernel-lib/src/lora/adapters/agreement.js";
import { type CheckAdapterOptions, checkAdapter, loadBackend } from "../../kernel-lib/src/lora/index.js";
import { ggufArchitecture } from "../../kernel-lib/src/lora/transformer/gguf-architecture.js";
import { readGguf } from "../../kernel-lib/src/models/index.js";
import { deriveRandom, RunError } from "../../kernel-lib/src/runtime/index.js";
import { letterTokenizer, temporaryDirectory, writeTinyModel } from "./tiny-model.js";

/** A tiny model with an adapter, and a server that answers with the adapter or without. */
async function tunedModel(
  change: (adapter: Adapter) => void = () => {},
): Promise<CheckAdapterOptions & { baseLogProbs: CheckAdapterOptions["serverLogProbs"] }> {
  const modelPath = writeTinyModel("llama");
  const backend = await loadBackend({ name: "cpu" });
  const file = readGguf(modelPath);
  const tuned = initialAdapter(ggufArchitecture(file), { rank: 4, alpha: 16, targets: "all-linear" }, 1);
  file.close();
  const random = deriveRandom(4);
  tuned.parameters.forEach((_, i) => {
    tuned.parameters[i] = random.normal() * 0.3;
  });
  change(tuned);
  const adapter = temporaryDirectory();
  savePeftAdapter(adapter, tuned, "tiny");
  const answer = (folder?: string) => async (prompt: string) => {
    const tokens = [0, ...letterTokenizer.encode(prompt)];
    const [own] = await ownLogProbs({ modelPath, adapter: folder, prompts: [tokens], backend });
    const ids = Array.from(own!.keys()).sort((a, b) => own![b]! - own![a]!);
    return Object.fromEntries(ids.slice(0, 10).map((id) => [letterTokenizer.decode([id]), own![id]! + 0.01]));
  };
  const prompts = ["what", "which one"];
  return {
    modelPath,
    adapter,
    prompts,
    backend,
    tokenizer: letterTokenizer,
    serverLogProbs: answer(adapter),
    baseLogProbs: answer(),
  };
}

it("passes a server that runs the trained adapter, and tells the difference it saw", async () => {
  const check = await checkAdapter(await tunedModel());
  expect(check.worst).toBeCloseTo(0.01, 4);
  expect(check).toMatchObject({ sameFirst: 2, prompts: 2, fileType: "F32", tolerance: 0.03 });
  expect(check.merged!.own).toBeLessThan(1e-4);
  expect(check.merged!.server).toBeCloseTo(0.01, 4);
});

it("blocks a server that does not apply the adapter", async () => {
  const { baseLogProbs, ...options } = await tunedModel();
  const check = checkAdapter({ ...options, serverLogProbs: baseLogProbs });
  await expect(check).rejects.toThrow(RunError);
  await expect(check).rejects.toThrow(
    /the server's log-probabilities are \d\.\d\d away from the trained model's; allowed: a difference of 0\.03/,
  );
});

it("leaves out a prompt after which server and trained model both end the text", async () => {
  const { serverLogProbs, ...options } = await tunedModel();
  const ends = (ids: number[]) => ({
    ...options,
    tokenizer: { ...letterTokenizer, eos: ids },
    serverLogProbs: (prompt: string) => (prompt === "what" ? Promise.resolve({}) : serverLogProbs(prompt)),
  });
  const everyToken = Array.from({ length: 32 }, (_, id) => id);
  expect(await checkAdapter(ends(everyToken))).toMatchObject({ prompts: 1 });
  await expect(checkAdapter(ends([]))).rejects.toThrow('ends the text after "what", where the trained model goes on');
});

it("blocks a server that gives no log-probabilities, or texts that the model does not know", async () => {
  const options = await tunedModel();
  const silent = { ...options, tokenizer: { ...letterTokenizer, eos: Array.from({ length: 32 }, (_, id) => id) } };
  await expect(checkAdapter({ ...silent, serverLogProbs: async () => ({}) })).rejects.toThrow("gave no log-probabilities");
  await expect(checkAdapter({ ...options, serverLogProbs: async () => ({ " the": -1 }) })).rejects.toThrow('expects " the" next');
});

/** Two ranks that almost cancel: float32 rounds their large products with x, while the sum of s·B·A is exact. */
function cancelling({ linears, parameters }: Adapter): void {
  for (const { in: width, out, offsetA, offsetB } of linears) {
    for (let i = 0; i < width; i++) {
      const value = parameters[offsetA + i]! * 1e6;
      parameters[offsetA + i] = value;
      parameters[offsetA + width + i] = value + 0.3;
    }
    for (let i = 0; i < out; i++) parameters[offsetB + out + i] = -parameters[offsetB + i]!;
  }
}

it("blocks an adapter whose merged model is another than base + adapter", async () => {
  await expect(checkAdapter(await tunedModel(cancelling))).rejects.toThrow(
    /the merged model's log-probabilities are \S+ away from those of base \+ adapter; allowed: a difference of 0\.005/,
  );
});

it("checks a base without an adapter against the server alone", async () => {
  const { adapter: _, baseLogProbs, ...options } = await tunedModel();
  const check = await checkAdapter({ ...options, serverLogProbs: baseLogProbs });
  expect(check.worst).toBeCloseTo(0.01, 4);
  expect(check.merged).toBeUndefined();
});
