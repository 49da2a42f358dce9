// Puts every question of a task to every system: the trivial answer, the base, each LoRA of the run, and whoever else the configuration names.
// Task by task, so that a task is complete, and can be looked at, long before the last one is.
import { join } from "node:path";
import {
  type AskingOptions,
  describeTruncations,
  evaluateLikelihood,
  evaluateSystem,
  trivialPredictions,
  whyNoLikelihood,
} from "../evaluate/index.js";
import { writeJsonl } from "../runtime/index.js";
import { answerTokens } from "./answer-tokens.js";
import { type AskedSystem, askedSystems } from "./evaluated-systems.js";
import type { AnsweredPart, EvaluationPart } from "./evaluation-parts.js";
import type { EvaluationRetrieval } from "./evaluation-retrieval.js";
import type { Answering } from "./model-host.js";
import { taskNotices } from "./task-notices.js";
import type { Walk } from "./walk.js";

/** Who answers for a system: an endpoint, the model's name there and how much text it takes. */
async function answererOf({ config, host }: Walk, { system, kind }: AskedSystem): Promise<Answering> {
  if (kind === "endpoint") return host.compared(system);
  const endpoint = await host.endpoint();
  const { contextTokens, api } = config.endpoint;
  return { endpoint, contextTokens, api, model: kind === "tuned" ? await host.adapter(system) : endpoint.model };
}

/** All answers to one task, and the likelihoods of its labels where it has some and the server tells them. */
export async function askTask(walk: Walk, part: EvaluationPart, retrieval: EvaluationRetrieval): Promise<AnsweredPart> {
  const { config, directory, host, signal, onProgress } = walk;
  const { opened, items } = part;
  const { task } = opened;
  const { demonstrations } = opened.items;
  const { shots: ks, draws } = config.budget;
  const trivial = trivialPredictions({ task, items, demonstrations, ks, runSeed: config.runSeed });
  writeJsonl(join(directory.evaluation(), "trivial", `${task.id}.jsonl`), trivial);
  const answered: AnsweredPart = { ...part, predictions: trivial, likelihoods: [], notices: [] };
  const notices = taskNotices(task);
  const countTokens = await host.countTokens();
  for (const asked of askedSystems(config)) {
    const { api, ...answering } = await answererOf(walk, asked);
    const asking: AskingOptions = {
      ...answering,
      ...{ system: asked.system, task, items, demonstrations, ks, draws },
      directory: directory.evaluation(),
      runSeed: config.runSeed,
      template: config.evaluation.template,
      maxTokens: answerTokens(task),
      ...(countTokens && { countTokens }),
      ...(asked.kind === "retrieval" && { retrieve: retrieval.retrieve }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    };
    const { predictions, errors, truncations } = await evaluateSystem(asking);
    answered.predictions.push(...predictions);
    if (errors > 0) notices.tell(`${errors} questions without an answer`, asked.system);
    notices.tell(describeTruncations({ truncations, contextTokens: answering.contextTokens }), asked.system);
    if (!config.evaluation.likelihood || task.answerFormat !== "label") continue;
    const obstacle = whyNoLikelihood({ task, api, server: asked.system });
    if (obstacle === undefined) answered.likelihoods.push(...(await evaluateLikelihood(asking)).likelihoods);
    else notices.tell(obstacle, asked.system);
  }
  return { ...answered, notices: notices.lines() };
}
