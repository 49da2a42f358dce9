// Before a tuned system is asked anything: the prompts and tokens that it was trained on are those that it will be asked with, or the evaluation
// does not start.
import { join } from "node:path";
import { promptTemplateId } from "../dataset/index.js";
import { checkTemplateParity } from "../evaluate/index.js";
import { startStage, writeJson } from "../runtime/index.js";
import { trainingTriples } from "./dataset-stage.js";
import type { EvaluationPart } from "./evaluation-parts.js";
import type { Walk } from "./walk.js";

/** Rows of each system's data set and items of each task that go through both ways: a layout is the same for all or for none. */
const [probedRows, probedItems] = [5, 10];

/**
 * Checks every tuned system's rows against every task's items, and keeps the result in `evaluate/parity.json`; returns notices: one where the
 * experiment asks in another layout on purpose.
 * @throws RunError that names the first differing byte or token.
 */
export async function checkTemplates(walk: Walk, parts: readonly EvaluationPart[]): Promise<string[]> {
  const { config, directory, host, onProgress } = walk;
  const { template } = config.evaluation;
  if (config.systems.length === 0 || parts.length === 0) return [];
  if (template !== promptTemplateId)
    return [`asked in layout ${template}; tuned on ${promptTemplateId}, so that the prompts differ on purpose`];
  const watch = startStage("template parity", onProgress);
  const triples = [];
  for (const system of config.systems) triples.push(...(await trainingTriples(walk, system)).slice(0, probedRows));
  const tokenizer = await host.tokenizer();
  const parity = await checkTemplateParity({
    triples,
    parts: parts.map(({ opened, items }) => ({ task: opened.task, items: items.slice(0, probedItems) })),
    template,
    ...(tokenizer && { tokenizer }),
  });
  writeJson(join(directory.evaluation(), "parity.json"), parity);
  watch.finish(`${parity.rows} training rows and ${parity.items} items: the same prompts (${parity.promptHash.slice(0, 12)}…)`);
  return [];
}
