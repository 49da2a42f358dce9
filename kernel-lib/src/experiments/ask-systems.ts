// Puts every question of a task to every system: the trivial answer, the base, each LoRA of the run, and whoever else the configuration names.
// Task by task, so that a task is complete, and can be looked at, long before the last one is.
import { join } from "node:path";
import { evaluateSystem, type Prediction, trivialPredictions } from "../evaluate/index.js";
import { writeJsonl } from "../runtime/index.js";
import { answerTokens } from "./answer-tokens.js";
import { type AskedSystem, askedSystems } from "./evaluated-systems.js";
import type { EvaluationPart } from "./evaluation-parts.js";
import type { Answering } from "./model-host.js";
import type { Walk } from "./walk.js";

/** Who answers for a system: an endpoint, the model's name there and how much text it takes. */
async function answererOf({ config, host }: Walk, { system, kind }: AskedSystem): Promise<Answering> {
  if (kind === "endpoint") return host.compared(system);
  const endpoint = await host.endpoint();
  const { contextTokens } = config.endpoint;
  return { endpoint, contextTokens, model: kind === "tuned" ? await host.adapter(system) : endpoint.model };
}

/** All answers to one task. */
export async function askTask(walk: Walk, { opened, items }: EvaluationPart): Promise<Prediction[]> {
  const { config, directory, signal, onProgress } = walk;
  const { task } = opened;
  const { demonstrations } = opened.items;
  const { shots: ks, draws } = config.budget;
  const predictions = trivialPredictions({ task, items, demonstrations, ks });
  writeJsonl(join(directory.evaluation(), "trivial", `${task.id}.jsonl`), predictions);
  for (const asked of askedSystems(config)) {
    const answered = await evaluateSystem({
      ...(await answererOf(walk, asked)),
      system: asked.system,
      task,
      items,
      demonstrations,
      ks,
      draws,
      directory: directory.evaluation(),
      runSeed: config.runSeed,
      maxTokens: answerTokens(task),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    predictions.push(...answered.predictions);
  }
  return predictions;
}
