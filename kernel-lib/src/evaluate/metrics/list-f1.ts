// F1 of lists whose items may be spelled in several ways, as BioASQ scores its list questions (Tsatsaronis et al. 2015): an item is right
// when any of its spellings is named.
import { type OverlapScore, overlapScore } from "../../filter/index.js";
import { plain } from "./answer-text.js";
import { readEntityList } from "./entity-f1.js";

const namesIn = (list: string): string[] => readEntityList(list).map(({ text }) => plain(text));

/**
 * Precision, recall and F1 of one list, 0–1. Names are compared in any case; two spellings of one gold item, or one twice, are one
 * named item. A spelling may hold a comma: it is then found as the names it falls into, one after the other.
 * A `prediction` of null, an answer that cannot be read, names nothing.
 */
export function listScore(options: { prediction: string | null; parts: readonly (readonly string[])[] }): OverlapScore {
  const named = namesIn(options.prediction ?? "");
  const right = new Set<number>();
  const find = (spelling: string): boolean => {
    const names = namesIn(spelling);
    let found = false;
    named.forEach((_, from) => {
      if (names.length === 0 || !names.every((name, offset) => named[from + offset] === name)) return;
      found = true;
      names.forEach((_, offset) => void right.add(from + offset));
    });
    return found;
  };
  // Every spelling is looked for, so that a second one of the same item is not taken for a wrong name.
  const hits = options.parts.filter((part) => part.map(find).some(Boolean)).length;
  const wrong = new Set(named.filter((_, index) => !right.has(index))).size;
  return overlapScore(hits, hits + wrong, options.parts.length);
}
