import { expect, it } from "vitest";
import { initialAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { savePeftAdapter } from "../../kernel-lib/src/lora/adapters/adapter-peft.js";
import { ownLogProbs } from "../../kernel-lib/src/lora/adapters/agreement.js";
import { type CheckAdapterOptions, checkAdapter, loadBackend } from "../../kernel-lib/src/lora/index.js";
import { ggufArchitecture } from "../../kernel-lib/src/lora/transformer/gguf-architecture.js";
import { readGguf } from "../../kernel-lib/src/models/index.js";
import { deriveRandom, RunError } from "../../kernel-lib/src/runtime/index.js";
import { letterTokenizer, temporaryDirectory, writeTinyModel } from "./tiny-model.js";

/** A tiny model with an adapter, and a server that answers with the adapter or without. */
async function tunedModel(): Promise<CheckAdapterOptions & { baseLogProbs: CheckAdapterOptions["serverLogProbs"] }> {
  const modelPath = writeTinyModel("llama");
  const backend = await loadBackend({ name: "cpu" });
  const file = readGguf(modelPath);
  const tuned = initialAdapter(ggufArchitecture(file), { rank: 4, alpha: 16, targets: "all-linear" }, 1);
  file.close();
  const random = deriveRandom(4);
  tuned.parameters.forEach((_, i) => {
    tuned.parameters[i] = random.normal() * 0.3;
  });
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
});

it("blocks a server that does not apply the adapter", async () => {
  const { baseLogProbs, ...options } = await tunedModel();
  const check = checkAdapter({ ...options, serverLogProbs: baseLogProbs });
  await expect(check).rejects.toThrow(RunError);
  await expect(check).rejects.toThrow(
    /the server's log-probabilities are \d\.\d\d away from the trained model's; allowed: a difference of 0\.03/,
  );
});

it("blocks a server that gives no log-probabilities, or texts that the model does not know", async () => {
  const options = await tunedModel();
  await expect(checkAdapter({ ...options, serverLogProbs: async () => ({}) })).rejects.toThrow("gave no log-probabilities");
  await expect(checkAdapter({ ...options, serverLogProbs: async () => ({ " the": -1 }) })).rejects.toThrow('expects " the" next');
});
