// The texts that a new one is compared with by ROUGE-L, indexed so that most pairs need no comparison. A longest common subsequence is never
// longer than the words two texts share, counted with repetition, so the words a text shares with the rarest words of another bound their
// score from above (prefix filtering: AllPairs, Bayardo et al. 2007; PPJoin, Xiao et al. 2008). The index only rules pairs out; what is
// left is aligned exactly, and scores are compared as fractions of integers.
import { cellsFor, commonLength, markPosition } from "./bit-lcs.js";
import { rougeTokens } from "./rouge-l.js";

/** A score as ROUGE-L makes it: F1 = 2 · common / lengths. */
export interface OverlapFraction {
  /** Words in the longest common subsequence. */
  common: number;
  /** Words of both texts together. */
  lengths: number;
}

export interface OverlapMatch extends OverlapFraction {
  /** The number of the text found, from 0 in order of adding; -1 where none is above the floor. */
  entry: number;
}

export interface OverlapIndex {
  /** Adds a text under the next number. */
  add(text: string): void;
  /** The text of the highest score above `floor`, of equals the one added first; exact. */
  best(text: string, floor: OverlapFraction): OverlapMatch;
}

const grown = (array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> => {
  if (size <= array.length) return array;
  const larger = new Int32Array(Math.max(size, array.length * 2, 1024));
  larger.set(array);
  return larger;
};

/** An empty index. Its memory grows with the texts added, not with those asked about. */
export function createOverlapIndex(): OverlapIndex {
  const words = new Map<string, number>();
  /** Of each word, the texts that hold it at least once, at least twice, and so on. */
  const postings: number[][][] = [];
  let size = 0;
  let tokens = new Int32Array(0); // all texts, one after the other
  let starts = new Int32Array(1); // where each begins; one more for the end
  // Scratch space by word and by text; zero between calls.
  let seen = new Int32Array(0);
  let slotOf = new Int32Array(0); // 1 + the word's mask in the text asked about
  let shared = new Int32Array(0);
  let met = new Int32Array(0);

  const lengthOf = (entry: number): number => starts[entry + 1]! - starts[entry]!;

  /** Prepares a text for being aligned with entries. */
  const alignmentOf = (ids: readonly number[]): { commonWith: (entry: number) => number; forget: () => void } => {
    const cells = cellsFor(ids.length);
    const distinct: number[] = [];
    for (const id of ids) if (id >= 0 && slotOf[id] === 0) slotOf[id] = distinct.push(id);
    const masks = new Int32Array(distinct.length * cells);
    ids.forEach((id, position) => {
      if (id >= 0) markPosition(masks, cells, slotOf[id]! - 1, position);
    });
    const row = new Int32Array(cells);
    let slots = new Int32Array(0);
    return {
      commonWith(entry) {
        slots = grown(slots, lengthOf(entry));
        let count = 0;
        for (let at = starts[entry]!; at < starts[entry + 1]!; at++) {
          const slot = slotOf[tokens[at]!]!;
          if (slot > 0) slots[count++] = slot - 1;
        }
        return commonLength(masks, cells, slots, count, row);
      },
      forget() {
        for (const id of distinct) slotOf[id] = 0;
      },
    };
  };

  /** The posting lists of a text's words, the k-th occurrence of a word with the texts that hold it k times; shortest list first. */
  const listsOf = (ids: readonly number[]): number[][] => {
    const lists: number[][] = [];
    for (const id of ids) {
      const list = id < 0 ? undefined : postings[id]![seen[id]!++];
      if (list !== undefined) lists.push(list);
    }
    for (const id of ids) if (id >= 0) seen[id] = 0;
    return lists.sort((a, b) => a.length - b.length);
  };

  return {
    add(text) {
      const found = rougeTokens(text);
      tokens = grown(tokens, starts[size]! + found.length);
      let end = starts[size]!;
      for (const word of found) {
        let id = words.get(word);
        if (id === undefined) {
          id = words.size;
          words.set(word, id);
          postings.push([]);
          seen = grown(seen, words.size);
        }
        const occurrences = postings[id]!;
        const list = occurrences[seen[id]!];
        if (list === undefined) occurrences.push([size]);
        else list.push(size);
        seen[id]!++;
        tokens[end++] = id;
      }
      for (let at = starts[size]!; at < end; at++) seen[tokens[at]!] = 0;
      size++;
      starts = grown(starts, size + 1);
      starts[size] = end;
      slotOf = grown(slotOf, words.size);
      shared = grown(shared, size);
      met = grown(met, size);
    },

    best(text, floor) {
      const ids = rougeTokens(text).map((word) => words.get(word) ?? -1);
      const lists = listsOf(ids);
      const alignment = alignmentOf(ids);
      const best: OverlapMatch = { entry: -1, ...floor };
      // a / b > c / d ⇔ a · d > c · b; of equal scores the earlier entry leads.
      const leads = (common: number, lengths: number, entry: number): boolean => {
        const lead = common * best.lengths - best.common * lengths;
        return lead > 0 || (lead === 0 && entry < best.entry);
      };
      const align = (entry: number): void => {
        const common = alignment.commonWith(entry);
        const lengths = ids.length + lengthOf(entry);
        if (common > 0 && leads(common, lengths, entry)) Object.assign(best, { entry, common, lengths });
      };

      let metCount = 0;
      let most = 0;
      let unread = lists.length;
      for (const list of lists) {
        // A text not met so far shares at most the unread words, and is most similar when it has no others.
        if (!leads(unread, ids.length + unread, 0)) break;
        let promising = -1;
        for (let i = 0; i < list.length; i++) {
          const entry = list[i]!;
          const count = ++shared[entry]!;
          if (count === 1) met[metCount++] = entry;
          if (count > most) {
            most = count;
            promising = entry;
          }
        }
        unread--;
        if (promising >= 0) align(promising);
      }

      const left: { entry: number; promise: number; bound: number }[] = [];
      for (let i = 0; i < metCount; i++) {
        const entry = met[i]!;
        const bound = Math.min(shared[entry]! + unread, lengthOf(entry));
        const lengths = ids.length + lengthOf(entry);
        shared[entry] = 0;
        if (leads(bound, lengths, entry)) left.push({ entry, promise: bound / lengths, bound });
      }
      left.sort((a, b) => b.promise - a.promise || a.entry - b.entry);
      for (const { entry, bound } of left) if (leads(bound, ids.length + lengthOf(entry), entry)) align(entry);
      alignment.forget();
      return best;
    },
  };
}
