// Keeps one label from swamping its set: a model that answers "no" to everything would teach just that.
import type { AnswerForms } from "./answer-forms.js";

export interface LabelExcess {
  /** Position in the rows. */
  index: number;
  /** This row's place among the rows of its label, over the number of rows of the next most frequent label. */
  score: number;
}

/**
 * Of each set that the seeds offer together, the most frequent label may stand at most `maxRatio` times as often as the next most
 * frequent one (or once, where no other label of the set occurs): the first rows stay. Rarer labels are left alone; requiring
 * them to be equal would empty a set of which one label hardly occurs.
 */
export function labelExcesses(options: {
  /** In the order in which rows are kept first. */
  outputs: readonly string[];
  forms: AnswerForms;
  maxRatio: number;
}): LabelExcess[] {
  const { outputs, forms, maxRatio } = options;
  const families = new Map<string, Map<string, number[]>>();
  outputs.forEach((output, index) => {
    const label = forms.labelOf(output);
    const family = label === undefined ? undefined : forms.familyOf(label);
    if (label === undefined || family === undefined) return;
    const rows = families.get(family) ?? new Map<string, number[]>();
    families.set(family, rows);
    const places = rows.get(label) ?? [];
    rows.set(label, places);
    places.push(index);
  });
  const excesses = [...families.values()].flatMap((labels) => {
    const [most = [], next = []] = [...labels.values()].sort((a, b) => b.length - a.length || a[0]! - b[0]!);
    return most
      .map((index, place) => ({ index, score: (place + 1) / Math.max(1, next.length) }))
      .filter(({ score }, place) => place > 0 && score > maxRatio);
  });
  return excesses.sort((a, b) => a.index - b.index);
}
