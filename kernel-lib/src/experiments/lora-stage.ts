// Stage "lora": one adapter on the seeds alone, one on what the model wrote, with the same recipe; then proof that the server runs what
// was trained.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { renderPrompt, type Triple } from "../dataset/index.js";
import {
  type Backend,
  checkAdapter,
  loadBackend,
  readTrainResult,
  type TrainingRow,
  train,
  trainingRowOf,
} from "../lora/index.js";
import { readJson, startStage, writeJson } from "../runtime/index.js";
import { trainingTriples } from "./dataset-stage.js";
import { type TunedSystem, tunedSystems } from "./run-directory.js";
import { planSteps, type StepPlan } from "./step-plan.js";
import type { Walk } from "./walk.js";

/** How many steps each training takes; decided once a run, so that a resumed one keeps to it. */
async function settlePlan(
  walk: Walk,
  backend: Backend,
  rows: Record<TunedSystem, TrainingRow[]>,
): Promise<Record<TunedSystem, number>> {
  const path = join(walk.directory.path, "lora", "plan.json");
  if (existsSync(path)) return (readJson(path) as StepPlan).steps;
  const model = await walk.host.model();
  const plan = await planSteps({ config: walk.config, backend, modelPath: model.path, rows });
  writeJson(path, plan);
  if (plan.shrunk) walk.directory.remember({ shrunk: [plan.shrunk] });
  return plan.steps;
}

async function prove(walk: Walk, system: TunedSystem, backend: Backend, triples: readonly Triple[]): Promise<void> {
  const { directory, host, onProgress, config } = walk;
  if (existsSync(directory.agreement(system))) return;
  const watch = startStage(`adapter check: ${system}`, onProgress);
  const endpoint = await host.endpoint();
  const adapterName = await host.adapter(system);
  const model = await host.model();
  const check = await checkAdapter({
    modelPath: model.path,
    servedPath: await host.servedPath(),
    adapter: join(directory.training(system), "adapter"),
    prompts: triples.slice(0, 3).map((triple) => renderPrompt(triple)),
    async serverLogProbs(prompt) {
      const { logprobs } = await endpoint.complete({ prompt, model: adapterName, maxTokens: 1, temperature: 0, logprobs: 10 });
      return logprobs?.topLogprobs[0] ?? {};
    },
    backend,
  });
  writeJson(directory.agreement(system), { ...check, weights: config.endpoint.weights });
  watch.finish(`log-probabilities within ${check.worst.toFixed(3)} (allowed: ${check.tolerance} for ${check.fileType})`);
}

export async function tuneSystems(walk: Walk): Promise<void> {
  const { config, directory, host, onProgress, signal } = walk;
  const triples = trainingTriples(walk);
  const rows = {
    "seeds-only": triples["seeds-only"].map(trainingRowOf),
    "self-specialised": triples["self-specialised"].map(trainingRowOf),
  };
  const done = tunedSystems.every(
    (system) => readTrainResult(directory.training(system)) && existsSync(directory.agreement(system)),
  );
  if (done) return;
  const loading = startStage("backend", onProgress);
  const backend = await loadBackend({ name: config.lora.backend });
  loading.finish(
    [
      `${backend.name} ${backend.precision === "bfloat16" ? "bf16" : "f32"}`,
      ...backend.refusals.map((refusal) => `not ${refusal}`),
    ].join(" · "),
  );
  const model = await host.model();
  const steps = await settlePlan(walk, backend, rows);
  for (const system of tunedSystems) {
    const result = await train({
      modelPath: model.path,
      rows: rows[system],
      directory: directory.training(system),
      options: {
        rank: config.lora.rank,
        alpha: config.lora.alpha,
        learningRate: config.lora.learningRate,
        batchSize: config.lora.batchSize,
        maxTokens: config.lora.maxTokens,
        residency: config.lora.residency,
        steps: steps[system],
        seed: config.runSeed,
        checkpointSteps: Math.min(10, Math.ceil(steps[system] / 4)), // a kill costs a short training a quarter at most
        checkpointSeconds: 20,
      },
      backend,
      stage: `lora: ${system}`,
      signal,
      onProgress,
    });
    directory.remember({ backend: `${result.backend} ${result.precision === "bfloat16" ? "bf16" : "f32"}` });
  }
  if (config.endpoint.baseURL === null) for (const system of tunedSystems) await prove(walk, system, backend, triples[system]);
}
