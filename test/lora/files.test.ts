import { existsSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Adapter, initialAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { saveGgufAdapter } from "../../kernel-lib/src/lora/adapters/adapter-gguf.js";
import { readMatrices } from "../../kernel-lib/src/lora/adapters/adapter-matrices.js";
import { loadPeftAdapter, savePeftAdapter } from "../../kernel-lib/src/lora/adapters/adapter-peft.js";
import { ggufArchitecture } from "../../kernel-lib/src/lora/transformer/gguf-architecture.js";
import { deinterleaveRows, interleaveRows } from "../../kernel-lib/src/lora/transformer/rotation.js";
import { readGguf, readSafetensors } from "../../kernel-lib/src/models/index.js";
import { readJson } from "../../kernel-lib/src/runtime/index.js";
import { type TinyArchitecture, temporaryDirectory, writeTinyModel } from "./tiny-model.js";

function filledAdapter(architecture: TinyArchitecture, targets: Adapter["targets"] = "all-linear"): Adapter {
  const file = readGguf(writeTinyModel(architecture));
  const adapter = initialAdapter(ggufArchitecture(file), { rank: 4, alpha: 16, targets }, 1);
  file.close();
  adapter.parameters.forEach((_, i) => {
    adapter.parameters[i] = i / 7;
  });
  return adapter;
}

it("starts A uniform within ±1/√in and B at zero, the same for the same seed", () => {
  const file = readGguf(writeTinyModel("llama"));
  const make = (seed: number): Adapter =>
    initialAdapter(ggufArchitecture(file), { rank: 4, alpha: 16, targets: "all-linear" }, seed);
  const start = make(1);
  const { parameters } = start;
  for (const linear of start.linears) {
    const { a, b } = readMatrices(start, linear);
    const largest = Math.max(...a.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(linear.in));
    expect(largest).toBeGreaterThan(0.8 / Math.sqrt(linear.in));
    expect(b.every((value) => value === 0)).toBe(true);
  }
  expect(make(1).parameters).toEqual(parameters);
  expect(make(2).parameters).not.toEqual(parameters);
});

it("reads back the PEFT adapter it wrote, under PEFT's names", () => {
  const adapter = filledAdapter("gemma3", ["q_proj", "down_proj"]);
  const directory = temporaryDirectory();
  savePeftAdapter(directory, adapter, "tiny");
  expect(loadPeftAdapter(directory, adapter.architecture)).toEqual(adapter);
  const { tensors } = readSafetensors(join(directory, "adapter_model.safetensors"));
  expect([...tensors].slice(0, 2).map(([name, { shape }]) => [name, shape])).toEqual([
    ["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", [4, 16]],
    ["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", [32, 4]],
  ]);
  expect(readJson(join(directory, "adapter_config.json"))).toMatchObject({
    r: 4,
    lora_alpha: 16,
    target_modules: ["q_proj", "down_proj"],
  });
});

it("refuses an adapter of another model, and a truncated one", () => {
  const adapter = filledAdapter("llama");
  const directory = temporaryDirectory();
  savePeftAdapter(directory, adapter, "tiny");
  const wider = { ...adapter.architecture, hidden: 32 };
  expect(() => loadPeftAdapter(directory, wider)).toThrow("layers.0.self_attn.q_proj.lora_A.weight is [4,16]; allowed: [4,32]");
  const weights = join(directory, "adapter_model.safetensors");
  truncateSync(weights, readFileSync(weights).length - 1);
  expect(() => loadPeftAdapter(directory, adapter.architecture)).toThrow("is truncated");
});

it("writes the GGUF adapter with the q and k rows of Llama interleaved, all others and Gemma's as they are", () => {
  for (const architecture of ["llama", "gemma3"] as const) {
    const adapter = filledAdapter(architecture);
    const path = join(temporaryDirectory(), "adapter.gguf");
    saveGgufAdapter(path, adapter, "tiny");
    const file = readGguf(path);
    expect(file.text("general.type")).toBe("adapter");
    expect(file.text("general.architecture")).toBe(architecture);
    expect(file.number("adapter.lora.alpha")).toBe(16);
    const own = (name: string, kind: "a" | "b"): Float32Array =>
      readMatrices(adapter, adapter.linears.find((linear) => linear.layer === 1 && linear.name === name)!)[kind];
    expect(file.tensor("blk.1.attn_q.weight.lora_a").shape).toEqual([4, 16]);
    expect(file.readTensor("blk.1.attn_q.weight.lora_a")).toEqual(own("q_proj", "a"));
    expect(file.readTensor("blk.1.attn_v.weight.lora_b")).toEqual(own("v_proj", "b"));
    const keys = own("k_proj", "b");
    expect(file.readTensor("blk.1.attn_k.weight.lora_b")).toEqual(architecture === "llama" ? interleaveRows(keys, 8, 4) : keys);
    file.close();
  }
});

it("interleaves rows half by half within a head, and back", () => {
  const rows = Float32Array.from({ length: 8 }, (_, i) => i); // two heads of four rows, one column
  expect([...interleaveRows(rows, 4, 1)]).toEqual([0, 2, 1, 3, 4, 6, 5, 7]);
  expect(deinterleaveRows(interleaveRows(rows, 4, 1), 4, 1)).toEqual(rows);
});

it("does not take a missing folder for an adapter", () => {
  const directory = join(temporaryDirectory(), "none");
  expect(existsSync(directory)).toBe(false);
  expect(() => loadPeftAdapter(directory, filledAdapter("llama").architecture)).toThrow();
});
