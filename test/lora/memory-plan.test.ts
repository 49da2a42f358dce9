import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { initialAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import { controlGroupBytes } from "../../kernel-lib/src/lora/training/free-memory.js";
import { largestPart } from "../../kernel-lib/src/lora/training/largest-part.js";
import { describePlan, type PlanOptions, planMemory } from "../../kernel-lib/src/lora/training/memory-plan.js";
import { keptBytesPerToken, memoryUse } from "../../kernel-lib/src/lora/training/memory-use.js";
import { partsOf } from "../../kernel-lib/src/lora/training/packing.js";
import { train } from "../../kernel-lib/src/lora/training/train.js";
import { openGgufSource } from "../../kernel-lib/src/lora/transformer/gguf-source.js";
import { weightBytes } from "../../kernel-lib/src/lora/transformer/weight-bytes.js";
import { loadWeights, weightBytesOf } from "../../kernel-lib/src/lora/transformer/weights.js";
import type { TensorToWrite } from "../../kernel-lib/src/models/index.js";
import { deriveRandom, RunError } from "../../kernel-lib/src/runtime/index.js";
import { letterTokenizer, temporaryDirectory, writeTinyModel } from "./tiny-model.js";

const floatFile = writeTinyModel("llama");
/** The same model as a quantised file; its rows are widened to whole blocks of 32. */
const quantisedFile = writeTinyModel("llama", { tensors: (tensors) => tensors.map(inEightBits) });
function inEightBits(tensor: TensorToWrite): TensorToWrite {
  return tensor.shape.length === 2 && tensor.shape[1]! % 32 === 0 ? { ...tensor, type: "Q8_0" } : tensor;
}

/** A plan for the tiny model that claims a wide shape, so that activations outweigh what libraries keep. */
function plan(changes: Partial<PlanOptions> = {}) {
  const source = openGgufSource(floatFile);
  const adapter = initialAdapter(source.architecture, { rank: 2, alpha: 4, targets: "all-linear" }, 1);
  const part = { sequences: 2048, tokens: 64, targets: 1024 };
  try {
    return planMemory({
      ...{ source, adapter, precision: "float32", fused: false, part },
      ...{ residency: "auto", memoryBytes: null, freeBytes: 64e9 },
      ...changes,
    });
  } finally {
    source.close();
  }
}

describe("the memory plan of a training", () => {
  it.each([
    ["resident", "float32"],
    ["resident", "bfloat16"],
    ["quantised", "float32"],
  ] as const)("tells the bytes of %s weights in %s before they are loaded", async (residency, precision) => {
    const { ops } = await loadBackend({ name: "cpu" }).then((cpu) => ({ ops: cpu.ops("float32") }));
    for (const path of [floatFile, quantisedFile]) {
      const source = openGgufSource(path);
      const told = weightBytes(source, residency, precision);
      const loaded = loadWeights({ ...ops, precision }, source, residency);
      expect(told.resting).toBe(weightBytesOf(loaded));
      ops.dispose(loaded);
      source.close();
    }
  });

  it("keeps activations where memory is plenty, recomputes where it is scarce, and refuses where even that is too much", () => {
    const { neededBytes: kept, ...plenty } = plan();
    expect(plenty).toMatchObject({ residency: "resident", recompute: false });
    const scarce = plan({ freeBytes: kept });
    expect(scarce).toMatchObject({ residency: "resident", recompute: true });
    expect(scarce.neededBytes).toBeLessThan(kept);
    const refusal = () => plan({ freeBytes: scarce.neededBytes - 1 });
    expect(refusal).toThrow(RunError);
    expect(refusal).toThrow(/of memory needed .* free; lower partTokens or maxTokens, set residency to quantised/);
  });

  it("takes the activations' limit from the option, whatever is free", () => {
    const { part, perToken } = (() => {
      const { architecture } = openGgufSource(floatFile);
      const part = { sequences: 2, tokens: 16, targets: 16 };
      return { part, perToken: keptBytesPerToken(architecture, 16, "float32") };
    })();
    expect(plan({ part, memoryBytes: 32 * perToken })).toMatchObject({ recompute: false, activationLimit: 32 * perToken });
    expect(plan({ part, memoryBytes: 32 * perToken - 1 })).toMatchObject({ recompute: true, activationLimit: 32 * perToken - 1 });
  });

  it("never rounds the weights of a file unless told to", () => {
    const refuse = (changes: Partial<PlanOptions>) => () => plan({ freeBytes: 1, ...changes });
    expect(refuse({ residency: "auto" })).toThrow(/set residency to quantised/);
    expect(refuse({ residency: "quantised" })).not.toThrow(/set residency/);
    expect(refuse({ residency: "quantised" })).toThrow(RunError);
    expect(plan({ residency: "quantised" }).types).toContain("NF4");
  });

  it("counts what grows: with tokens, with the vocabulary's chunk, with composed kernels", () => {
    const source = openGgufSource(floatFile);
    const { architecture } = source;
    const adapter = initialAdapter(architecture, { rank: 2, alpha: 4, targets: "all-linear" }, 1);
    const shape = {
      ...({ architecture, adapter, precision: "float32", fused: true } as const),
      weights: weightBytes(source, "resident", "float32"),
      part: { sequences: 64, tokens: 64, targets: 64 },
    };
    source.close();
    const needed = (changes: Partial<typeof shape>, recompute = false): number =>
      memoryUse({ ...shape, ...changes }, recompute).neededBytes;
    expect(needed({ part: { sequences: 128, tokens: 64, targets: 64 } })).toBeGreaterThan(needed({}));
    expect(needed({}, true)).toBeLessThan(needed({}));
    expect(memoryUse({ ...shape, precision: "bfloat16" }, false).activationBytes).toBeLessThan(
      memoryUse(shape, false).activationBytes,
    );
    const composed = { ...shape, fused: false };
    expect(memoryUse(composed, false).workBytes).toBeGreaterThan(memoryUse(shape, false).workBytes);
  });

  it("says it in one line", () => {
    expect(describePlan(plan())).toMatch(
      /^weights \d+ MB float32; adapter and optimiser \d+ MB; activations about [\d.]+ [MG]B, kept; in all about [\d.]+ [MG]B of 64.0 GB free$/,
    );
  });
});

describe("the largest part", () => {
  it("is not exceeded by any step, packed or not", () => {
    const random = deriveRandom("lengths");
    for (let round = 0; round < 50; round++) {
      const rows = Array.from({ length: 1 + random.integer(40) }, (_, i) => ({
        id: `${i}`,
        ids: new Array<number>(2 + random.integer(300)).fill(3),
        promptTokens: 1,
      }));
      const options = { partTokens: 64 + random.integer(2000), packing: round % 2 === 0, batchSize: rows.length };
      const bound = largestPart(rows, options);
      for (const part of partsOf(rows, options)) {
        const tokens =
          Math.ceil(Math.max(...part.map((sequence) => sequence.reduce((sum, { ids }) => sum + ids.length - 1, 0))) / 16) * 16;
        expect(tokens).toBeLessThanOrEqual(bound.tokens);
        expect(part.length * tokens).toBeLessThanOrEqual(Math.max(options.partTokens, bound.tokens));
      }
    }
  });
});

describe("a training", () => {
  const rows = [{ id: "a", prompt: "which", completion: "this one" }];
  const options = { rank: 2, steps: 2, batchSize: 1 };

  it("is refused before it loads anything where memory cannot be enough", async () => {
    const backend = { ...(await loadBackend({ name: "cpu" })), freeBytes: () => 1e6 };
    const before = backend.ops().liveTensors();
    const request = { modelPath: floatFile, rows, directory: temporaryDirectory(), tokenizer: letterTokenizer, options, backend };
    await expect(train(request)).rejects.toThrow(/^about \d+ MB of memory needed .*1 MB free; lower partTokens/);
    expect(backend.ops().liveTensors()).toBe(before);
  });

  it("learns from a quantised base, and its result says where the memory went", async () => {
    const backend = await loadBackend({ name: "cpu" });
    const messages: string[] = [];
    const result = await train({
      ...{ modelPath: floatFile, rows, directory: temporaryDirectory(), tokenizer: letterTokenizer, backend },
      options: { ...options, residency: "quantised", learningRate: 0.01, steps: 4 },
      onProgress: ({ stage, state, message }) => {
        if (stage === "lora: memory" && state === "finished" && message) messages.push(message);
      },
    });
    expect(result.lastLoss).toBeLessThan(result.firstLoss);
    expect(result.memory).toMatchObject({ residency: "quantised", recompute: false });
    expect(messages).toEqual([describePlan(result.memory)]);
  });
});

describe("the limit of a control group", () => {
  const folderWith = (files: Record<string, string>): string => {
    const folder = mkdtempSync(join(tmpdir(), "selfspec-cgroup-"));
    mkdirSync(join(folder, "memory"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };

  it("leaves what is not used, and what of that are pages of files", () => {
    const files = { "memory.max": "1000\n", "memory.current": "700\n", "memory.stat": "anon 500\ninactive_file 100\n" };
    expect(controlGroupBytes(folderWith(files))).toBe(400);
  });

  it("is read from version 1 as well", () => {
    const files = { "memory/memory.limit_in_bytes": "1000", "memory/memory.usage_in_bytes": "1200", "memory/memory.stat": "" };
    expect(controlGroupBytes(folderWith(files))).toBe(0);
  });

  it("is infinite where there is none", () => {
    expect(controlGroupBytes(folderWith({ "memory.max": "max", "memory.current": "5" }))).toBe(Number.POSITIVE_INFINITY);
    expect(controlGroupBytes(folderWith({}))).toBe(Number.POSITIVE_INFINITY);
  });
});
