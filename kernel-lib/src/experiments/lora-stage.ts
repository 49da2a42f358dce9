// Stage "lora": one adapter a system, all with the same recipe on rows of their own, each followed by the proof that the server runs what was
// trained. A system whose rows are written by another system's adapter gets them here, once that one is trained.
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
import { planSteps, type StepPlan } from "./step-plan.js";
import type { TunedSystem } from "./systems.js";
import type { Walk } from "./walk.js";

/** How many steps a training takes; decided once a run, so that a resumed one keeps to it. */
async function settleSteps(walk: Walk, system: TunedSystem, backend: Backend, rows: readonly TrainingRow[]): Promise<number> {
  const path = join(walk.directory.path, "lora", "plan.json");
  const plans = existsSync(path) ? (readJson(path) as Partial<Record<TunedSystem, StepPlan>>) : {};
  const settled = plans[system];
  if (settled) return settled.steps;
  const model = await walk.host.model();
  const plan = await planSteps({ config: walk.config, system, backend, modelPath: model.path, rows });
  writeJson(path, { ...plans, [system]: plan });
  if (plan.shrunk) walk.directory.remember({ shrunk: [...(walk.directory.surroundings().shrunk ?? []), plan.shrunk] });
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

async function tune(walk: Walk, system: TunedSystem, backend: Backend): Promise<void> {
  const { config, directory, host, onProgress, signal } = walk;
  const triples = await trainingTriples(walk, system);
  const rows = triples.map(trainingRowOf);
  const model = await host.model();
  const steps = await settleSteps(walk, system, backend, rows);
  const result = await train({
    modelPath: model.path,
    rows,
    directory: directory.training(system),
    options: {
      rank: config.lora.rank,
      alpha: config.lora.alpha,
      learningRate: config.lora.learningRate,
      batchSize: config.lora.batchSize,
      maxTokens: config.lora.maxTokens,
      residency: config.lora.residency,
      steps,
      seed: config.runSeed,
      checkpointSteps: Math.min(10, Math.ceil(steps / 4)), // a kill costs a short training a quarter at most
      checkpointSeconds: 20,
    },
    backend,
    stage: `lora: ${system}`,
    signal,
    onProgress,
  });
  directory.remember({ backend: `${result.backend} ${result.precision === "bfloat16" ? "bf16" : "f32"}` });
  if (config.endpoint.baseURL === null) await prove(walk, system, backend, triples);
}

const isTuned = ({ config, directory }: Walk, system: TunedSystem): boolean =>
  readTrainResult(directory.training(system)) !== undefined &&
  (config.endpoint.baseURL !== null || existsSync(directory.agreement(system)));

export async function tuneSystems(walk: Walk): Promise<void> {
  const left = walk.config.systems.filter((system) => !isTuned(walk, system));
  if (left.length === 0) return;
  const loading = startStage("backend", walk.onProgress);
  const backend = await loadBackend({ name: walk.config.lora.backend });
  loading.finish(
    [
      `${backend.name} ${backend.precision === "bfloat16" ? "bf16" : "f32"}`,
      ...backend.refusals.map((refusal) => `not ${refusal}`),
    ].join(" · "),
  );
  for (const system of left) await tune(walk, system, backend);
}
