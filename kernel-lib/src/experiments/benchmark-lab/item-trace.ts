// One question clicked through: how it was asked, with what in its prompt, and what every system answered. The prompt is rendered again from
// this machine's benchmark files; where its hash is the stored one, exactly those bytes were sent.
import { promptTemplates, renderPrompt } from "../../dataset/index.js";
import { countEntities, type TaskItem, withPassages } from "../../evaluate/index.js";
import type { ShownCounts, ShownItem, ShownPrompt } from "../../report/index.js";
import { InputError, sha256 } from "../../runtime/index.js";
import { openRetrieval } from "../evaluation-retrieval.js";
import type { PublishedPrediction } from "../foreign-text.js";
import { type JudgedAnswer, judgeAnswers, likelihoodOf } from "./judge-answers.js";
import { type LocalItems, ownGold } from "./local-items.js";
import type { Benchmarks } from "./open-benchmarks.js";

interface TracedPrompt extends ShownPrompt {
  /** The prompt; null unless texts are shown. */
  text: string | null;
}

type TracedAnswer = JudgedAnswer & ShownCounts;

export interface ItemTrace extends ShownItem {
  /** The task's id. */
  task: string;
  inputFormat: string;
  prompts: TracedPrompt[];
  answers: TracedAnswer[];
}

interface Shown {
  /** Benchmark text may be shown: the reader wants it, or this project wrote it. */
  texts: boolean;
}

function goldOf(local: LocalItems, item: TaskItem | undefined, { texts }: Shown): string {
  if (item === undefined) return "not here";
  const own = texts ? item.gold : ownGold(local, item);
  if (own !== null) return own;
  return `${item.gold.split(/\s+/).length} words that somebody else wrote, not shown`;
}

async function renderAgain(
  set: Benchmarks,
  { task, items }: LocalItems,
  { itemId, demoIds, passageIds, template }: PublishedPrediction,
): Promise<string | null> {
  const item = items.get(itemId);
  const layout = promptTemplates.find((known) => known === template);
  const shots = demoIds.flatMap((id) => items.get(id) ?? []);
  if (item === undefined || layout === undefined || shots.length < demoIds.length) return null;
  const retrieval = openRetrieval(set.config);
  try {
    const found = passageIds.length === 0 ? [] : (await retrieval.retrieve(item)).passages;
    const passages = passageIds.flatMap((id) => found.find((passage) => passage.id === id) ?? []);
    if (passages.length < passageIds.length) return null;
    const { instruction } = task;
    const demonstrations = shots.map(({ input, gold }) => ({ instruction, input, output: gold }));
    return renderPrompt({ instruction, input: withPassages(item.input, passages) }, demonstrations, layout);
  } finally {
    retrieval.close();
  }
}

/** The prompts of one question: one for all systems, and another for those that look things up. */
async function tracePrompts(set: Benchmarks, rows: readonly PublishedPrediction[], shown: Shown): Promise<TracedPrompt[]> {
  const byHash = new Map<string, PublishedPrediction[]>();
  for (const row of rows) if (row.promptHash !== "") byHash.set(row.promptHash, [...(byHash.get(row.promptHash) ?? []), row]);
  const prompts: TracedPrompt[] = [];
  for (const [promptHash, same] of byHash) {
    const { taskId, demoIds, passageIds } = same[0]!;
    const text = await renderAgain(set, set.items(taskId), same[0]!);
    const verified = text === null ? null : sha256(text) === promptHash;
    const systems = same.map(({ system }) => system);
    prompts.push({ systems, promptHash, demoIds, passageIds, verified, text: shown.texts && verified ? text : null });
  }
  return prompts;
}

function traceAnswer(set: Benchmarks, answer: JudgedAnswer, item: TaskItem | undefined): TracedAnswer {
  const { row } = answer;
  const likelihood = likelihoodOf(set, row);
  const labels = (likelihood?.labels ?? []).map(({ label, logprob, tokens }) => ({ label, logprob, perToken: logprob / tokens }));
  const isExtraction = item?.entities !== undefined && row.withheldWords === undefined;
  const { common, gold, predicted } = countEntities({ prediction: row.lenient, gold: item?.gold ?? "none" });
  return {
    ...answer,
    counts: isExtraction ? `${common} of ${gold}, ${predicted} named` : "",
    labels: labels.sort((a, b) => b.logprob - a.logprob),
  };
}

/**
 * Everything that is kept of one question.
 * @param options.showTexts also the prompt and the gold answer where somebody else wrote them; default false
 * @throws InputError for a task or an item that nobody was asked about.
 */
export async function traceItem(
  set: Benchmarks,
  options: { task: string; item: string; k: number; draw?: number; showTexts?: boolean },
): Promise<ItemTrace> {
  const { task: taskId, item: itemId, k, draw = 0, showTexts = false } = options;
  const local = set.items(taskId);
  const shown: Shown = { texts: showTexts || local.ours };
  const asked = judgeAnswers(set, { task: taskId, item: itemId, k });
  const answers = asked.filter(({ row }) => row.draw === draw || row.system === "trivial");
  const first = answers.find(({ row }) => row.promptHash !== "")?.row;
  if (first === undefined)
    throw new InputError({ got: `draw ${draw} of ${taskId} with k = ${k}`, allowed: `draws below ${set.config.budget.draws}` });
  const { template, taskVersion, runSeed } = first;
  const item = local.items.get(itemId);
  return {
    ...{ task: taskId, title: local.task.title, item: itemId, k, draw, template, taskVersion, runSeed },
    document: item?.document ?? null,
    instruction: local.task.instruction,
    inputFormat: local.task.inputFormat,
    gold: goldOf(local, item, shown),
    prompts: await tracePrompts(
      set,
      answers.map(({ row }) => row),
      shown,
    ),
    answers: answers.map((answer) => traceAnswer(set, answer, item)),
  };
}
