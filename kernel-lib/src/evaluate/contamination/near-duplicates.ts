// Test items that stand elsewhere with a few words changed, which breaks every long run of words. ROUGE-L finds those; it is the novelty
// filter's own exact search at its own threshold (Wang et al. 2023: 0.7). What it does not find, an item moved about in sentences or inside
// a longer text, keeps its runs.
import { createNoveltyIndex } from "../../filter/index.js";
import { gramLength } from "./gram-index.js";

/** An input of fewer words says too little to be anybody's: single names, "yes or no?". */
const shortestWhole = 4;
/** Records are compared in batches of so many words, whatever their number: what is held stays the same. */
const batchWords = 1_000_000;

export interface NearText {
  words: readonly string[];
  item: number;
  /** An answer of fewer than eight words is nobody's own. */
  part: "input" | "answer";
}

export interface NearDuplicate {
  item: number;
  recordId: string;
  score: number;
}

export interface NearSearch {
  /** Adds a text of a record; a full batch is compared at once. */
  add(recordId: string, words: readonly string[]): void;
  /** Compares what is left. */
  finish(): void;
}

/** Searches records for the items of some texts. `onFound` hears of an item at most once a batch, with the nearest record. */
export function createNearSearch(texts: readonly NearText[], onFound: (found: NearDuplicate) => void): NearSearch {
  const wholes = new Map<string, number[]>();
  const longer = new Map<string, number[]>();
  const put = (map: Map<string, number[]>, key: string, item: number): void => {
    const known = map.get(key);
    if (known) known.push(item);
    else map.set(key, [item]);
  };
  for (const { words, item, part } of texts) {
    if (words.length >= gramLength) put(longer, words.join(" "), item);
    else if (part === "input" && words.length >= shortestWhole) put(wholes, words.join(" "), item);
  }
  let batch = createNoveltyIndex();
  let held = 0;
  const compare = (): void => {
    if (held === 0) return;
    for (const [text, items] of longer) {
      const breach = batch.breach(text);
      if (breach !== null) for (const item of items) onFound({ item, recordId: breach.nearestId, score: breach.score });
    }
    batch = createNoveltyIndex();
    held = 0;
  };
  return {
    add(recordId, words) {
      const whole = words.join(" ");
      for (const item of wholes.get(whole) ?? []) onFound({ item, recordId, score: 1 });
      batch.add(recordId, whole);
      held += words.length;
      if (held >= batchWords) compare();
    },
    finish: compare,
  };
}
