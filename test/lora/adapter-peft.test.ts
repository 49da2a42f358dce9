import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linearModules } from "../../kernel-lib/src/lora/adapters/adapted-modules.js";
import { loadPeftAdapter, savePeftAdapter } from "../../kernel-lib/src/lora/adapters/adapter-peft.js";
import { resolveSettings } from "../../kernel-lib/src/lora/adapters/adapter-settings.js";
import { readSafetensors, writeSafetensors } from "../../kernel-lib/src/models/index.js";
import { readJson, writeJson } from "../../kernel-lib/src/runtime/index.js";
import { farthest, logProbsOf, peftFolder, peftNames, peftOracle, tinyArchitecture } from "./adapter-oracles.js";
import { oracleFolder } from "./oracle-models.js";
import { temporaryDirectory } from "./tiny-model.js";

const plain = join(oracleFolder("llama"), "adapter"); // all-linear, r 2, alpha 6
const llama = tinyArchitecture("llama");

describe.each(peftNames)("the adapter %s of PEFT", (name) => {
  const { model, prompts, golden } = peftOracle(name);

  it("gives PEFT's logits here", async () => {
    const own = await logProbsOf({ model: oracleFolder(model), adapter: peftFolder(name), prompts });
    const base = await logProbsOf({ model: oracleFolder(model), prompts });
    expect(farthest(own, golden)).toBeLessThan(2e-4);
    expect(farthest(base, golden)).toBeGreaterThan(0.5);
  });

  // peft_adapters.py has PEFT load what lies in ours/, and compares its logits.
  it("is exported as the folder that PEFT was seen to load", () => {
    const target = temporaryDirectory();
    const architecture = tinyArchitecture(model);
    savePeftAdapter(target, loadPeftAdapter(peftFolder(name), architecture), model);
    const bytes = (folder: string): Buffer => readFileSync(join(folder, "adapter_model.safetensors"));
    expect(bytes(target).equals(bytes(join(peftFolder(name), "ours")))).toBe(true);
    expect(readJson(join(target, "adapter_config.json"))).toEqual(
      readJson(join(peftFolder(name), "ours", "adapter_config.json")),
    );
    expect(loadPeftAdapter(target, architecture)).toEqual(loadPeftAdapter(peftFolder(name), architecture));
  });
});

it("reads tensors under the names that PEFT has in memory", () => {
  const folder = temporaryDirectory();
  cpSync(plain, folder, { recursive: true });
  const file = readSafetensors(join(plain, "adapter_model.safetensors"));
  const tensors = [...file.tensors.values()].map(({ name, shape }) => ({
    ...{ name: name.replace(/\.weight$/, ".default.weight"), type: "F32" as const, shape },
    values: file.readTensor(name),
  }));
  file.close();
  writeSafetensors({ path: join(folder, "adapter_model.safetensors"), tensors });
  expect(loadPeftAdapter(folder, llama)).toEqual(loadPeftAdapter(plain, llama));
});

it.each([
  [{ peft_type: "LOHA" }, "peft_type"],
  [{ use_dora: true }, "DoRA (use_dora)"],
  [{ bias: "lora_only" }, 'trained biases (bias: "lora_only")'],
  [{ modules_to_save: ["lm_head"] }, "whole modules beside the LoRA matrices (modules_to_save)"],
  [{ lora_bias: true }, "biases of B (lora_bias)"],
  [{ target_parameters: ["mlp.experts.down_proj"] }, "LoRA on parameters of experts (MoE) (target_parameters)"],
  [{ trainable_token_indices: [1] }, "trained token embeddings"],
  [{ alora_invocation_tokens: [1, 2] }, "activated LoRA"],
  [{ init_lora_weights: "pissa" }, 'the initialisation "pissa", which changes the base'],
  [{ target_modules: ["query_key_value"] }, "target_modules without a linear map of this llama model"],
  [{ target_modules: "([" }, 'LoRA pattern "(["'],
  [{ r: 3 }, "layers.0.self_attn.q_proj.lora_A.weight is [2,16]; allowed: [3,16]"],
  [{ target_modules: ["q_proj"] }, "adapts what its configuration or this llama model has not"],
])("refuses an adapter with %o in one line", (change, message) => {
  const folder = temporaryDirectory();
  cpSync(plain, folder, { recursive: true });
  const path = join(folder, "adapter_config.json");
  writeJson(path, { ...(readJson(path) as object), ...change });
  expect(() => loadPeftAdapter(folder, llama)).toThrow(message);
});

it.each([
  ["base_model.model.model.embed_tokens.lora_embedding_A", "LoRA on embeddings"],
  ["base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector", "DoRA"],
  ["base_model.model.model.layers.0.mlp.experts.0.up_proj.lora_A.weight", "LoRA on experts (MoE)"],
  ["base_model.model.lm_head.lora_A.weight", 'lm_head.lora_A.weight" adapts what'],
])("refuses an adapter that holds %s", (name, message) => {
  const folder = temporaryDirectory();
  cpSync(plain, folder, { recursive: true });
  const file = readSafetensors(join(plain, "adapter_model.safetensors"));
  const tensors = [...file.tensors.values()].map((info) => ({
    ...info,
    type: "F32" as const,
    values: file.readTensor(info.name),
  }));
  file.close();
  const extra = { name, type: "F32" as const, shape: [2, 16], values: new Float32Array(32) };
  writeSafetensors({ path: join(folder, "adapter_model.safetensors"), tensors: [...tensors, extra] });
  expect(() => loadPeftAdapter(folder, llama)).toThrow(message);
});

it("asks for safetensors where PEFT pickled the weights", () => {
  const folder = temporaryDirectory();
  cpSync(join(plain, "adapter_config.json"), join(folder, "adapter_config.json"));
  writeFileSync(join(folder, "adapter_model.bin"), "");
  expect(() => loadPeftAdapter(folder, llama)).toThrow("holds adapter_model.bin; allowed: adapter_model.safetensors");
  rmSync(join(folder, "adapter_model.bin"));
  expect(() => loadPeftAdapter(folder, llama)).toThrow("does not exist");
});

it("matches targets and patterns by whole parts of a name, the first pattern that fits winning", () => {
  const gpt2 = tinyArchitecture("gpt2");
  const adapted = (settings: Parameters<typeof resolveSettings>[1], architecture = llama): string[] => {
    const resolve = resolveSettings(architecture, settings);
    return linearModules(architecture)
      .map((module) => [module.path, resolve(module)] as const)
      .flatMap(([path, own]) => (own ? [`${path} ${own.rank} ${own.scale}`] : []));
  };
  expect(adapted({ rank: 4, alpha: 8, targets: ["c_proj"], layers: [1] }, gpt2)).toEqual([
    "transformer.h.1.attn.c_proj 4 2",
    "transformer.h.1.mlp.c_proj 4 2",
  ]);
  expect(() => adapted({ rank: 4, alpha: 8, targets: ["proj"] })).toThrow('LoRA target "proj" in a llama model');
  const rankPattern = { "layers.1.self_attn.q_proj": 16, q_proj: 1 };
  expect(adapted({ rank: 4, alpha: 8, targets: ["q_proj"], rankPattern, rsLora: true })).toEqual([
    "model.layers.0.self_attn.q_proj 1 8",
    "model.layers.1.self_attn.q_proj 16 2",
  ]);
  expect(() => adapted({ rank: 4, alpha: 8, targets: "all-linear", alphaPattern: { "9.q_proj": 1 } })).toThrow("matches no map");
});
