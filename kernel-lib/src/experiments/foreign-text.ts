// What of a model's answer somebody else wrote: of a published answer that repeats its benchmark, or a passage that stood in its prompt, no word
// is kept; its length and the counts that scores are made of stand for it.
import {
  comparedWords,
  countWithheld,
  type OpenedTask,
  type Prediction,
  readAnswers,
  type ScorableAnswer,
  type TaskItem,
} from "../evaluate/index.js";
import type { EvaluationRetrieval } from "./evaluation-retrieval.js";

/** So many words in a row are a quotation. */
const quotedWords = 8;

function runsOf(words: readonly string[]): string[] {
  return Array.from({ length: Math.max(0, words.length - quotedWords + 1) }, (_, at) =>
    words.slice(at, at + quotedWords).join(" "),
  );
}

/** Whether an answer holds the whole of its item's input, which may be too short for a run of eight words. */
export function repeatsInput(raw: string, { input }: Pick<TaskItem, "input">): boolean {
  const words = comparedWords(input);
  return words.length > 0 && comparedWords(raw).join(" ").includes(words.join(" "));
}

export interface PublishedPrediction extends Prediction, Pick<ScorableAnswer, "withheldWords" | "withheldCounts"> {}

/**
 * Takes the foreign text out of a task's answers: eight words in a row of any of its items or of a passage in the prompt, or the whole of the
 * item's own short input.
 */
export function textWithholder(
  { task, items }: OpenedTask,
  { retrieve }: Pick<EvaluationRetrieval, "retrieve">,
): (row: Prediction) => Promise<PublishedPrediction> {
  const all = [...items.test, ...items.demonstrations];
  const texts = all.flatMap(({ input, gold, golds = [] }) => [input, gold, ...golds]);
  const quoted = new Set(texts.flatMap((text) => runsOf(comparedWords(text))));
  const byId = new Map(all.map((item) => [item.id, item]));
  return async (row) => {
    const words = comparedWords(row.raw);
    const runs = runsOf(words);
    const item = byId.get(row.itemId);
    const { passages } = row.passageIds.length > 0 && item ? await retrieve(item) : { passages: [] };
    const passed = new Set(passages.flatMap(({ text }) => runsOf(comparedWords(text))));
    const repeats = runs.some((run) => quoted.has(run) || passed.has(run));
    if (!repeats && !(item && repeatsInput(row.raw, item))) return row;
    const [read = row] = readAnswers({ predictions: [row], task, items: item ? [item] : [] });
    return {
      ...read,
      ...{ raw: "", strict: null, lenient: null, withheldWords: words.length },
      ...(item && { withheldCounts: countWithheld({ prediction: read, task, item }) }),
    };
  };
}
