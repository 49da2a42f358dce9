import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { huggingFaceFolder } from "../../kernel-lib/src/bench/hugging-face-folder.js";
import { openGgufSource } from "../../kernel-lib/src/lora/index.js";
import { readSafetensors } from "../../kernel-lib/src/models/index.js";
import { readJson } from "../../kernel-lib/src/runtime/index.js";
import { writeTinyModel } from "../lora/tiny-model.js";

beforeEach(() => {
  vi.stubEnv("SELFSPEC_CACHE", mkdtempSync(join(tmpdir(), "selfspec-bench-")));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it("holds the weights that we train, under transformers' names", () => {
  const path = writeTinyModel("llama");
  const folder = huggingFaceFolder(path);
  expect(huggingFaceFolder(path)).toBe(folder);
  const theirs = readSafetensors(join(folder, "model.safetensors"));
  const ours = openGgufSource(path);
  for (const [own, name] of [
    ["token_embd", "model.embed_tokens"],
    ["output", "lm_head"],
    ["blk.1.attn_q", "model.layers.1.self_attn.q_proj"],
    ["blk.0.ffn_down", "model.layers.0.mlp.down_proj"],
    ["blk.1.ffn_norm", "model.layers.1.post_attention_layernorm"],
  ] as const)
    expect(theirs.readTensor(`${name}.weight`)).toEqual(ours.read(`${own}.weight`));
  expect(theirs.tensors.size).toBe(3 + 2 * 9);
  expect(readJson(join(folder, "config.json"))).toMatchObject({ num_hidden_layers: 2, head_dim: 8, tie_word_embeddings: false });
  ours.close();
  theirs.close();
});

it("is refused for other families, and nothing is left behind that looks finished", () => {
  const path = writeTinyModel("gemma3");
  for (let attempt = 0; attempt < 2; attempt++)
    expect(() => huggingFaceFolder(path)).toThrow(/architecture "gemma3"; allowed: Llama models.*--sides tfjs/);
});
