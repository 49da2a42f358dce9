// What of a model's answer somebody else wrote: a published answer that repeats its benchmark, or a passage that stood in its prompt, is kept by
// id and length only.
import type { OpenedTask, Prediction } from "../evaluate/index.js";
import type { EvaluationRetrieval } from "./evaluation-retrieval.js";

/** So many words in a row are a quotation. */
const quotedWords = 8;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function runsOf(words: readonly string[]): string[] {
  return Array.from({ length: Math.max(0, words.length - quotedWords + 1) }, (_, at) =>
    words.slice(at, at + quotedWords).join(" "),
  );
}

export interface PublishedPrediction extends Prediction {
  /** Present where the text was left out because it repeats the benchmark or a passage: how many words it had. */
  withheldWords?: number;
}

/**
 * Takes the foreign text out of a task's answers: eight words in a row of any of its items or of a passage in the prompt, or the whole of the
 * item's own short input.
 */
export function textWithholder(
  { items }: OpenedTask,
  { retrieve }: Pick<EvaluationRetrieval, "retrieve">,
): (row: Prediction) => Promise<PublishedPrediction> {
  const all = [...items.test, ...items.demonstrations];
  const texts = all.flatMap(({ input, gold, golds = [] }) => [input, gold, ...golds]);
  const quoted = new Set(texts.flatMap((text) => runsOf(wordsOf(text))));
  const byId = new Map(all.map((item) => [item.id, item]));
  return async (row) => {
    const words = wordsOf(row.raw);
    const runs = runsOf(words);
    const item = byId.get(row.itemId);
    const { passages } = row.passageIds.length > 0 && item ? await retrieve(item) : { passages: [] };
    const passed = new Set(passages.flatMap(({ text }) => runsOf(wordsOf(text))));
    const repeats = runs.some((run) => quoted.has(run) || passed.has(run));
    if (!repeats && !(item && words.join(" ").includes(wordsOf(item.input).join(" ")))) return row;
    return { ...row, raw: "", strict: null, lenient: null, withheldWords: words.length };
  };
}
