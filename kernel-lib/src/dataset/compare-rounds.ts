// What another round of self-specialization did to the answers: drift, diversity, and the signs of a collapse (Shumailov et al. 2024), in
// which a model fed with its own answers says ever less.
import { lcsWith, rougeTokens } from "../filter/index.js";
import { labelBalance } from "./label-balance.js";
import { distinctN } from "./summary.js";
import type { Triple } from "./triple.js";

/** One round by itself. */
export interface RoundMeasures {
  rows: number;
  /** Distinct n-grams of the answers over all of them, 0–1. */
  distinct1: number;
  distinct2: number;
  /** Of the closed labels, in bits. */
  labelEntropy: number;
  /** Of the commonest answer, 0–1. */
  topAnswerShare: number;
  /** Rows whose answer another row has given before, 0–1. */
  repeatedShare: number;
  /** Different words in all answers. */
  vocabulary: number;
  meanWords: number;
}

export interface RoundComparison {
  before: RoundMeasures;
  after: RoundMeasures;
  /** Tasks answered in both rounds. */
  common: number;
  /** Of these, the share whose answer changed by more than case and punctuation, 0–1. */
  changedShare: number;
  /** Mean ROUGE-L F1 of the two answers to a task, 0–1; 1 where no task is common. */
  meanRougeL: number;
}

type Answered = Pick<Triple, "id" | "instruction" | "input" | "output">;

export function measureRound(triples: readonly Answered[]): RoundMeasures {
  const outputs = triples.map(({ output }) => output);
  const answers = new Map<string, number>();
  const vocabulary = new Set<string>();
  let words = 0;
  for (const output of outputs) {
    const tokens = rougeTokens(output);
    const answer = tokens.join(" ");
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    words += tokens.length;
    for (const token of tokens) vocabulary.add(token);
  }
  const rows = triples.length;
  const part = (count: number): number => (rows === 0 ? 0 : count / rows);
  return {
    rows,
    distinct1: distinctN(outputs, 1),
    distinct2: distinctN(outputs, 2),
    labelEntropy: labelBalance(triples).entropy,
    topAnswerShare: part([...answers.values()].reduce((most, count) => Math.max(most, count), 0)),
    repeatedShare: part(rows - answers.size),
    vocabulary: vocabulary.size,
    meanWords: part(words),
  };
}

/** Compares two rounds; the rows of a task are those of equal instruction and input, whatever their ids. */
export function compareRounds(before: readonly Answered[], after: readonly Answered[]): RoundComparison {
  const key = ({ instruction, input }: Answered): string => JSON.stringify([instruction, input]);
  const earlier = new Map(before.map((row) => [key(row), row.output]));
  let [common, changed, similarity] = [0, 0, 0];
  for (const row of after) {
    const output = earlier.get(key(row));
    if (output === undefined) continue;
    const [old, now] = [rougeTokens(output), rougeTokens(row.output)];
    common++;
    if (old.join(" ") !== now.join(" ")) changed++;
    similarity += old.length + now.length === 0 ? 1 : (2 * lcsWith(old)(now)) / (old.length + now.length);
  }
  return {
    before: measureRound(before),
    after: measureRound(after),
    common,
    changedShare: common === 0 ? 0 : changed / common,
    meanRougeL: common === 0 ? 1 : similarity / common,
  };
}
