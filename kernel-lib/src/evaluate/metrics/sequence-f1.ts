// Entity scores of tagged sentences (IOB2), as seqeval gives them: its strict mode, where an I- without its B- is no entity, and
// conlleval's rules (Tjong Kim Sang & Buchholz 2000), where such an I- starts one.
import { averageScores, type ScoreAverages } from "./score-averages.js";

export type Scheme = "strict" | "conll";

/** The entities of one sentence as `type:first:last` tokens. */
export function taggedEntities(tags: readonly string[], scheme: Scheme): string[] {
  const entities: string[] = [];
  let type: string | null = null;
  let first = 0;
  const close = (end: number): void => {
    if (type !== null) entities.push(`${type}:${first}:${end}`);
    type = null;
  };
  tags.forEach((tag, index) => {
    const tagType = tag.slice(2);
    if (tag.startsWith("I-") && type === tagType) return;
    close(index);
    if (tag.startsWith("B-") || (tag.startsWith("I-") && scheme === "conll")) {
      type = tagType;
      first = index;
    }
  });
  close(tags.length);
  return entities;
}

const typeOf = (entity: string): string => entity.slice(0, entity.lastIndexOf(":", entity.lastIndexOf(":") - 1));

/** Micro, macro, weighted and per-type scores over sentences; types are those that occur as an entity in gold or prediction. */
export function sequenceF1(options: {
  gold: readonly (readonly string[])[];
  predicted: readonly (readonly string[])[];
  scheme: Scheme;
}): ScoreAverages {
  const classes = new Map<string, { common: number; predicted: number; gold: number }>();
  const countsOf = (entity: string) => {
    const type = typeOf(entity);
    const counts = classes.get(type) ?? { common: 0, predicted: 0, gold: 0 };
    classes.set(type, counts);
    return counts;
  };
  options.gold.forEach((tags, sentence) => {
    const gold = taggedEntities(tags, options.scheme);
    const predicted = taggedEntities(options.predicted[sentence] ?? [], options.scheme);
    for (const entity of gold) countsOf(entity).gold++;
    for (const entity of predicted) {
      const counts = countsOf(entity);
      counts.predicted++;
      if (gold.includes(entity)) counts.common++;
    }
  });
  return averageScores(classes);
}
