import { availableParallelism } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { initialAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { initialAdamWState } from "../../kernel-lib/src/lora/backends/adamw.js";
import { backendNames, backendReport, loadBackend } from "../../kernel-lib/src/lora/backends/backend.js";
import type { Ops } from "../../kernel-lib/src/lora/backends/ops.js";
import { smokeTest } from "../../kernel-lib/src/lora/backends/smoke-test.js";
import { demandWasmRoom } from "../../kernel-lib/src/lora/backends/wasm.js";
import { openWebgpu } from "../../kernel-lib/src/lora/backends/webgpu.js";
import { findSoftwareGpu } from "../../kernel-lib/src/lora/backends/webgpu-software.js";
import { tokenizeRow } from "../../kernel-lib/src/lora/training/batches.js";
import { optimiserStep } from "../../kernel-lib/src/lora/training/optimiser-step.js";
import { parseTrainOptions } from "../../kernel-lib/src/lora/training/train-options.js";
import { openGgufSource } from "../../kernel-lib/src/lora/transformer/gguf-source.js";
import { loadWeights } from "../../kernel-lib/src/lora/transformer/weights.js";
import { deriveRandom, errorLine, RunError } from "../../kernel-lib/src/runtime/index.js";
import { letterTokenizer, type TinyArchitecture, writeTinyModel } from "./tiny-model.js";

const usable = (name: string): Promise<boolean> =>
  loadBackend({ name }).then(
    () => true,
    () => false,
  );
const present = { tensorflow: await usable("tensorflow"), webgpu: await usable("webgpu"), wasm: await usable("wasm"), cpu: true };
const others = (["tensorflow", "webgpu", "wasm"] as const).map((name) => ({ name, here: present[name] }));

afterEach(() => {
  delete process.env.SELFSPEC_SOFTWARE_GPU;
});

const rows = ["this one", "that", "the other of them", "neither"].map((completion, i) =>
  tokenizeRow(letterTokenizer, { id: String(i), prompt: "which", completion }),
);

/** The losses of four steps at a rate that moves the adapter visibly. */
async function lossesOn(name: string, architecture: TinyArchitecture): Promise<number[]> {
  const ops = (await loadBackend({ name })).ops("float32");
  const weights = loadWeights(ops, openGgufSource(writeTinyModel(architecture)));
  const options = parseTrainOptions({ rank: 2, alpha: 4, seed: 3 });
  const adapter = initialAdapter(weights.architecture, options, options.seed);
  const state = initialAdamWState(adapter.parameters.length);
  const losses: number[] = [];
  for (let step = 0; step < 4; step++) {
    const common = { model: { ops, weights }, adapter, state, rows, options, pause: async () => {} };
    losses.push((await optimiserStep({ ...common, step, learningRate: 0.05 })).loss);
  }
  ops.dispose(weights);
  return losses;
}

describe.each(["llama", "gemma3"] as const)("%s", async (architecture) => {
  const plain = await lossesOn("cpu", architecture);
  for (const { name, here } of others)
    it.skipIf(!here)(
      `has the same losses on ${name} as in plain JavaScript, to 2e-5, as it learns from the same seed`,
      async () => {
        const other = await lossesOn(name, architecture);
        expect(plain.at(-1)!).toBeLessThan(0.9 * plain[0]!);
        other.forEach((loss, step) => {
          expect(Math.abs(loss / plain[step]! - 1), `step ${step + 1}`).toBeLessThan(2e-5);
        });
      },
      120_000,
    );
});

describe("matrix products", () => {
  const filled = (seed: number, count: number): Float32Array => {
    const random = deriveRandom(seed);
    return Float32Array.from({ length: count }, () => random.normal());
  };
  const cases = [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      [1, 3].flatMap((batch) => [{ transposeA, transposeB, batch, n: 2 }, ...[{ transposeA, transposeB, batch, n: 40 }]]),
    ),
  );
  const product = async (ops: Ops, { transposeA, transposeB, batch, n }: (typeof cases)[number]): Promise<Float32Array> => {
    const [m, k] = [5, 7];
    const leading = batch === 1 ? [] : [batch];
    const a = ops.fromFloats(filled(1, batch * m * k), [...leading, ...(transposeA ? [k, m] : [m, k])]);
    const b = ops.fromFloats(filled(2, batch * k * n), [...leading, ...(transposeB ? [n, k] : [k, n])]);
    const result = ops.matMul(a, b, { transposeA, transposeB });
    expect(result.shape).toEqual([...leading, m, n]);
    const values = await ops.read(result);
    ops.dispose([a, b, result]);
    return values;
  };
  for (const { name, here } of others)
    it.skipIf(!here)(
      `of every form are on ${name} what they are in plain JavaScript`,
      async () => {
        for (const form of cases) {
          const plain = await product((await loadBackend({ name: "cpu" })).ops("float32"), form);
          const other = await product((await loadBackend({ name })).ops("float32"), form);
          other.forEach((value, i) => {
            expect(value, JSON.stringify(form)).toBeCloseTo(plain[i]!, 5);
          });
        }
      },
      60_000,
    );
});

it("reports every backend in the order of preference, with what it computes on or why it is refused", async () => {
  const reports = await backendReport();
  expect(reports.map(({ name }) => name)).toEqual([...backendNames]);
  expect(reports.find(({ name }) => name === "cpu")).toMatchObject({
    usable: true,
    reason: "computes correctly on CPU, plain JavaScript; products in float32, composed kernels",
  });
  for (const { usable: works, reason } of reports) if (!works) expect(reason.length).toBeGreaterThan(10);
});

it("finds a backend that computes wrongly, and says what is wrong", async () => {
  const ops = (await loadBackend({ name: "cpu" })).ops();
  expect(await smokeTest(ops)).toBeUndefined();
  expect(await smokeTest({ ...ops, softmax: (x) => ops.scale(ops.softmax(x), 1.1) })).toMatch(/its softmax is off by 0\.00/);
  const backwards: Ops = {
    ...ops,
    crossEntropy: (...input) => {
      const { losses, gradient } = ops.crossEntropy(...input);
      return { losses, gradient: ops.scale(gradient, -1) };
    },
  };
  expect(await smokeTest(backwards)).toMatch(/its cross-entropy gradient is off by/);
  expect(await smokeTest({ ...ops, matMul: (a, b) => ops.add(a, b) })).toMatch(/its matrix product is off by/);
});

it.skipIf(!findSoftwareGpu() || !present.webgpu)("takes a software adapter only when it is asked for", async () => {
  const named = await loadBackend({ name: "webgpu" });
  if (!named.device.includes("software")) return expect(await openWebgpu({ software: false })).toMatchObject({ software: false });
  expect(named.device).toMatch(/SwiftShader.*, a software adapter$/);
  await expect(openWebgpu({ software: false })).rejects.toThrow(/^only a software adapter \(SwiftShader/);
  await loadBackend({ name: "cpu" });
});

it.skipIf(!present.wasm)("computes on all cores in WebAssembly, tells a full memory by name, and goes on computing", async () => {
  const { device, freeBytes, ops } = await loadBackend({ name: "wasm" });
  expect(device).toBe(availableParallelism() === 1 ? "CPU, one thread" : `CPU, ${Math.min(8, availableParallelism())} threads`);
  expect(freeBytes()).toBeLessThanOrEqual(2 ** 32);
  const error = await Promise.resolve()
    .then(() => demandWasmRoom(2 ** 31))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RunError);
  expect(errorLine(error)).toMatch(/^WebAssembly memory is full: no room for 2048 MiB.*use the tensorflow backend/);
  expect(await smokeTest(ops())).toBeUndefined();
});
