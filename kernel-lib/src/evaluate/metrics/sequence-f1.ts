// Entity scores of tagged sentences (IOB2), as seqeval gives them: its strict mode, where an I- without its B- is no entity, and
// conlleval's rules (Tjong Kim Sang & Buchholz 2000), where such an I- starts one.
import { averageScores, type ClassCounts, type ScoreAverages } from "./score-averages.js";

export type Scheme = "strict" | "conll";

/** As seqeval reads it: `_` behind a bare `B` or `I`; its strict mode takes hyphens off both ends, so that `I-x-` continues `B-x`. */
const typeIn = (tag: string, scheme: Scheme): string =>
  (scheme === "strict" ? tag.slice(1).replace(/^-+|-+$/g, "") : tag.slice(2)) || "_";

/** The entities of one sentence as `type:first:end` tokens. */
export function taggedEntities(tags: readonly string[], scheme: Scheme): string[] {
  const entities: string[] = [];
  let type: string | null = null;
  let first = 0;
  const close = (end: number): void => {
    if (type !== null) entities.push(`${type}:${first}:${end}`);
    type = null;
  };
  tags.forEach((tag, index) => {
    const tagType = typeIn(tag, scheme);
    if (tag.startsWith("I") && type === tagType) return;
    close(index);
    if (tag.startsWith("B") || (tag.startsWith("I") && scheme === "conll")) {
      type = tagType;
      first = index;
    }
  });
  close(tags.length);
  return entities;
}

const typeOf = (entity: string): string => entity.slice(0, entity.lastIndexOf(":", entity.lastIndexOf(":") - 1));

/** Counts that grow by a sentence at a time and never hold the sentences. */
export interface SequenceTally {
  add(sentence: { gold: readonly string[]; predicted: readonly string[] }): void;
  /** Over the types that occur as an entity in gold or prediction. */
  scores(): ScoreAverages;
}

export function sequenceTally(scheme: Scheme): SequenceTally {
  const classes = new Map<string, ClassCounts>();
  const countsOf = (entity: string): ClassCounts => {
    const type = typeOf(entity);
    const counts = classes.get(type) ?? { common: 0, predicted: 0, gold: 0 };
    classes.set(type, counts);
    return counts;
  };
  return {
    add(sentence) {
      const gold = new Set(taggedEntities(sentence.gold, scheme));
      for (const entity of gold) countsOf(entity).gold++;
      for (const entity of taggedEntities(sentence.predicted, scheme)) {
        const counts = countsOf(entity);
        counts.predicted++;
        if (gold.has(entity)) counts.common++;
      }
    },
    scores: () => averageScores(classes),
  };
}

/** Micro, macro, weighted and per-type scores of sentences at hand. */
export function sequenceF1(options: {
  gold: readonly (readonly string[])[];
  predicted: readonly (readonly string[])[];
  scheme: Scheme;
}): ScoreAverages {
  const tally = sequenceTally(options.scheme);
  options.gold.forEach((gold, sentence) => {
    tally.add({ gold, predicted: options.predicted[sentence] ?? [] });
  });
  return tally.scores();
}
