// How much of a row is its demonstrations over again: ROUGE-L to the nearest of those that its own prompt showed. High values mean that the
// model copied what it saw, which novelty against all seeds alone does not tell from a coincidence.
import { lcsWith, rougeTokens } from "../filter/index.js";

/** One row beside the nearest of its demonstrations. */
export interface DemonstrationSimilarity {
  id: string;
  nearestId: string | null;
  /** ROUGE-L F1 of the texts, 0–1; 0 where no demonstration is known. */
  score: number;
}

/**
 * Compares each row's text with the texts of its own demonstrations: a handful a row, whatever the size of the set.
 * `texts` maps the demonstrations' ids to their texts (instructions with instructions, outputs with outputs); unknown ids are passed over.
 */
export function demonstrationSimilarity(options: {
  rows: readonly { id: string; text: string; demoIds: readonly string[] }[];
  texts: ReadonlyMap<string, string>;
}): DemonstrationSimilarity[] {
  const tokens = new Map<string, string[]>();
  const tokensOf = (id: string): string[] | undefined => {
    const text = options.texts.get(id);
    if (text === undefined) return undefined;
    const known = tokens.get(id) ?? rougeTokens(text);
    tokens.set(id, known);
    return known;
  };
  return options.rows.map(({ id, text, demoIds }) => {
    const words = rougeTokens(text);
    const lcs = lcsWith(words);
    let nearest: { nearestId: string | null; score: number } = { nearestId: null, score: 0 };
    for (const demoId of demoIds) {
      const other = tokensOf(demoId);
      if (other === undefined || words.length + other.length === 0) continue;
      const score = (2 * lcs(other)) / (words.length + other.length);
      if (nearest.nearestId === null || score > nearest.score) nearest = { nearestId: demoId, score };
    }
    return { id, ...nearest };
  });
}
