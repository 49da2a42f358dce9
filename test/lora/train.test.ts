import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadBackend, readTrainingLog, type TrainRequest, train } from "../../kernel-lib/src/lora/index.js";
import { checkpointPath } from "../../kernel-lib/src/lora/training/checkpoint.js";
import { errorLine, InputError, RunError, StoppedError, toJsonl } from "../../kernel-lib/src/runtime/index.js";
import { letterTokenizer, temporaryDirectory, writeTinyModel } from "./tiny-model.js";

const words = ["alpha", "beta", "gamma", "delta", "epsilon"];
const rows = words.map((word, i) => ({ id: `row-${i}`, prompt: `${word}:`, completion: word.toUpperCase().toLowerCase() }));

async function request(changes: Partial<TrainRequest> = {}): Promise<TrainRequest> {
  return {
    modelPath: writeTinyModel("llama"),
    rows,
    directory: join(temporaryDirectory(), "training"),
    backend: await loadBackend({ name: "cpu" }),
    tokenizer: letterTokenizer,
    ...changes,
    options: { rank: 4, batchSize: 2, steps: 12, learningRate: 0.02, partTokens: 16, checkpointSteps: 3, ...changes.options },
  };
}

const adapterBytes = (directory: string): Buffer[] =>
  ["adapter.gguf", "adapter/adapter_model.safetensors"].map((name) => readFileSync(join(directory, name)));

it("learns a handful of rows by heart", async () => {
  const { firstLoss, lastLoss } = await train(await request({ options: { steps: 60, batchSize: 5 } }));
  expect(firstLoss).toBeGreaterThan(2);
  expect(lastLoss).toBeLessThan(0.3 * firstLoss);
});

it("logs every step, reports progress and leaves no checkpoint when it is finished", async () => {
  const points: (Record<string, number> | undefined)[] = [];
  const job = await request({ onProgress: ({ point, state }) => state === "running" && points.push(point) });
  const result = await train(job);
  const log = readTrainingLog(job.directory);
  expect(log.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  expect(points).toEqual(
    log.map(({ step, loss, learningRate, gradientNorm, tokensPerSecond, residentBytes }) => ({
      ...{ step, loss, learningRate, gradientNorm, tokensPerSecond, residentBytes },
    })),
  );
  expect(result.targetTokens).toBe(log.reduce((sum, row) => sum + row.targetTokens, 0));
  expect(existsSync(checkpointPath(job.directory))).toBe(false);
});

it("does nothing when it is finished", async () => {
  const job = await request();
  const first = await train(job);
  const stages: string[] = [];
  expect(await train({ ...job, onProgress: ({ state }) => stages.push(state) })).toEqual(first);
  expect(stages).toEqual([]);
});

it("ends in the same bits when it is stopped by a signal and run again", async () => {
  const whole = await request();
  await train(whole);
  const broken = await request({ modelPath: whole.modelPath });
  const stop = new AbortController();
  const stopped = train({ ...broken, signal: stop.signal, onProgress: ({ done }) => done === 5 && stop.abort() });
  await expect(stopped).rejects.toThrow(StoppedError);
  expect(readTrainingLog(broken.directory)).toHaveLength(5);
  const seen: (number | undefined)[] = [];
  await train({ ...broken, onProgress: ({ done, state }) => state === "running" && seen.push(done) });
  expect(seen[0]).toBe(6); // the checkpoint was taken when it stopped
  expect(adapterBytes(broken.directory)).toEqual(adapterBytes(whole.directory));
});

it("goes on from the last checkpoint when later steps were logged and then lost", async () => {
  const whole = await request();
  await train(whole);
  const broken = await request({ modelPath: whole.modelPath });
  const copy = `${broken.directory}-copy`;
  await train({
    ...broken,
    onProgress: ({ done }) => done === 8 && cpSync(broken.directory, copy, { recursive: true }), // as kill -9 would leave it
  });
  rmSync(join(copy, ".lock"));
  writeFileSync(join(copy, "log.jsonl"), `${readFileSync(join(copy, "log.jsonl"), "utf8")}{"step":9,"epo`); // and a torn line
  const seen: (number | undefined)[] = [];
  await train({ ...broken, directory: copy, onProgress: ({ done, state }) => state === "running" && seen.push(done) });
  expect(seen[0]).toBe(7);
  expect(adapterBytes(copy)).toEqual(adapterBytes(whole.directory));
  const losses = (directory: string): number[] => readTrainingLog(directory).map(({ loss }) => loss);
  expect(losses(copy)).toEqual(losses(whole.directory));
});

it("never changes the base model's file", async () => {
  const job = await request();
  const before = readFileSync(job.modelPath);
  await train(job);
  expect(readFileSync(job.modelPath).equals(before)).toBe(true);
});

it("stops at a loss that is not a number, naming the step and the rows", async () => {
  const modelPath = writeTinyModel("llama", {
    tensors: (tensors) =>
      tensors.map((tensor) =>
        tensor.name === "output_norm.weight" ? { ...tensor, values: new Float32Array(16).fill(Number.NaN) } : tensor,
      ),
  });
  const job = await request({ modelPath });
  const error = await train(job).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RunError);
  expect(errorLine(error)).toMatch(/a loss of NaN in step 1 \(rows row-\d, row-\d\)/);
  expect(readdirSync(job.directory)).not.toContain("adapter");
});

it("stops a training whose loss has run away, naming the step and the rows, and goes on where that is allowed", async () => {
  const job = await request({ options: { batchSize: 5, steps: 30, checkpointSteps: 10 } });
  const stop = new AbortController();
  const stopped = train({ ...job, signal: stop.signal, onProgress: ({ done }) => done === 16 && stop.abort() });
  await expect(stopped).rejects.toThrow(StoppedError);
  // From here on every loss is far above what the log says of the steps before.
  const calm = readTrainingLog(job.directory).map((row) => ({ ...row, loss: 0.01 }));
  writeFileSync(join(job.directory, "log.jsonl"), toJsonl(calm));
  const error = await train(job).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RunError);
  expect(errorLine(error)).toMatch(
    /a loss of [\d.]+ in step 24, for a while more than 2 times its running median of 0.01 \(rows row-\d, .*the last checkpoint/,
  );
  expect(existsSync(checkpointPath(job.directory))).toBe(true);
  expect((await train({ ...job, options: { ...job.options, divergence: null } })).steps).toBe(30);
});

it("leaves out rows that are too long, counts them, and refuses when none is left", async () => {
  const result = await train(await request({ options: { maxTokens: 15, steps: 1 } }));
  expect(result.dropped).toEqual([{ id: "row-4", tokens: 17 }]);
  await expect(train(await request({ options: { maxTokens: 3 } }))).rejects.toThrow(
    "no row to train on (5 longer than 3 tokens)",
  );
});

it("refuses a directory that holds another training, and an option it does not know", async () => {
  const job = await request({ options: { steps: 1 } });
  await train(job);
  await expect(train({ ...job, rows: rows.slice(1) })).rejects.toThrow(
    "holds a training with another model, other rows or other options",
  );
  const options = { learningrate: 1 } as TrainRequest["options"] & object;
  await expect(train(await request({ options }))).rejects.toThrow(/training option .*learningrate.*; allowed: rank, alpha/);
});

it("refuses an architecture it does not compute, by name", async () => {
  const job = await request();
  const foreign = readFileSync(job.modelPath);
  foreign.write("lomma", foreign.indexOf("llama")); // the value of general.architecture comes first
  writeFileSync(job.modelPath, foreign);
  const error = await train(job).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  expect(errorLine(error)).toContain('architecture "lomma"; allowed: llama, qwen2');
});

it("refuses an unknown backend and names the known ones", async () => {
  await expect(loadBackend({ name: "metal" })).rejects.toThrow('backend "metal"; allowed: auto, tensorflow, webgpu, wasm, cpu');
});
