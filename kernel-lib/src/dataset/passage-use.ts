// How much an answer took from the passages it was shown. After knowledge F1 (Shuster et al. 2021: unigram F1 of an answer with its
// grounding text), counting only what the passages alone could have told: words that the task does not hold already.
import { rougeTokens } from "../filter/index.js";
import { contentWords } from "./function-words.js";

export interface PassageUse {
  id: string;
  /** Share of the answer's content words that stand in the passages and not in the task, 0–1. */
  wordShare: number;
  /** The same for word pairs, function words included: harder to hit by chance. */
  bigramShare: number;
  /** Unigram F1 of answer and passages over content words that are not the task's, 0–1. */
  knowledgeF1: number;
}

const pairs = (words: readonly string[]): string[] => words.slice(1).map((word, index) => `${words[index]} ${word}`);

function share(answer: readonly string[], passages: ReadonlySet<string>, task: ReadonlySet<string>): number {
  return answer.length === 0 ? 0 : answer.filter((part) => passages.has(part) && !task.has(part)).length / answer.length;
}

/** The use that one answer made of its passages; all zero where it has none. Retrieval off and on compare by these values. */
export function passageUse(row: {
  id: string;
  /** Instruction and input together. */
  task: string;
  output: string;
  /** The passages' texts. */
  passages: readonly string[];
}): PassageUse {
  const task = new Set(contentWords(row.task));
  const answer = contentWords(row.output);
  const offered = new Set(row.passages.flatMap(contentWords).filter((word) => !task.has(word)));
  const wordsOfTask = pairs(rougeTokens(row.task));
  const fresh = new Set(answer.filter((word) => !task.has(word)));
  const common = [...fresh].filter((word) => offered.has(word)).length;
  return {
    id: row.id,
    wordShare: share(answer, offered, task),
    bigramShare: share(
      pairs(rougeTokens(row.output)),
      new Set(row.passages.flatMap((text) => pairs(rougeTokens(text)))),
      new Set(wordsOfTask),
    ),
    knowledgeF1: common === 0 ? 0 : (2 * common) / (fresh.size + offered.size),
  };
}
