// Every run of eight words of the test items, so that one pass over any amount of other text finds all longer runs shared with them.
// A longer run is consecutive shared 8-grams on one diagonal (position here minus position there): six of them are a 13-gram.
// Runs of eight and thirteen are what GPT-3 compares by (Brown et al. 2020, appendix C: N is chosen per benchmark between these two).

/** Words of the shortest run that counts. */
export const gramLength = 8;

export interface IndexedText {
  words: readonly string[];
  /** Whose runs these are; what one owner repeats in all its documents is its form and says nothing. */
  owner: number;
  /** The document the text was taken from: within it, repetition is expected. */
  document: string;
}

export interface SharedRun {
  /** The number of the text, from 0 in the order given. */
  text: number;
  /** Words of the longest run. */
  words: number;
  /** Distinct 8-grams of the text that stand in the other, of those that are not its owner's form; 0–1. */
  share: number;
}

export interface GramIndexOptions {
  texts: readonly IndexedText[];
  /** Words of the owner's own that are its form wherever they stand: the instruction of a task. */
  formWords?: readonly (readonly (readonly string[])[])[];
  /**
   * A run of eight words in more documents of one owner than this is its form ("in the year ended december 31 2018"). Default 10, as in
   * GPT-3's and lm-evaluation-harness's rule for runs that collide too often.
   */
  commonDocuments?: number;
}

export interface GramIndex {
  /** What the texts share with these words; only of one owner where it is named. */
  match(words: readonly string[], owner?: number): SharedRun[];
}

const mix = (hash: number, id: number): number => {
  const mixed = Math.imul(hash ^ id, 0x85ebca6b);
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) ^ (mixed >>> 16);
};

/** A hash table from 8-grams to the positions where they stand, in typed arrays: three million words take about 60 MB. */
export function createGramIndex({ texts, formWords = [], commonDocuments = 10 }: GramIndexOptions): GramIndex {
  const vocabulary = new Map<string, number>();
  const total = texts.reduce((sum, { words }) => sum + words.length, 0);
  const tokens = new Int32Array(total);
  const textAt = new Int32Array(total);
  /** 1 where a run of eight starts that counts, 2 where one starts that is the owner's form. */
  const state = new Uint8Array(total);
  /** The next position of the same 8-gram, 1-based; 0 ends the chain. */
  const next = new Int32Array(total);
  const size = 2 ** Math.ceil(Math.log2(Math.max(16, 2 * total)));
  const heads = new Int32Array(size);
  const owned = new Int32Array(texts.length);

  const hashOf = (ids: Int32Array, start: number): number => {
    let hash = 0x9e3779b9;
    for (let at = start; at < start + gramLength; at++) hash = mix(hash, ids[at]!);
    return hash & (size - 1);
  };
  /** The slot of the 8-gram that starts here: where it is, or where it would be put. */
  const slotOf = (ids: Int32Array, start: number): number => {
    for (let slot = hashOf(ids, start); ; slot = (slot + 1) & (size - 1)) {
      const head = heads[slot]! - 1;
      if (head < 0) return slot;
      let same = 0;
      while (same < gramLength && tokens[head + same] === ids[start + same]) same++;
      if (same === gramLength) return slot;
    }
  };
  const idsOf = (words: readonly string[]): Int32Array => Int32Array.from(words, (word) => vocabulary.get(word) ?? -1);

  let end = 0;
  texts.forEach(({ words }, text) => {
    const start = end;
    for (const word of words) {
      const id = vocabulary.get(word) ?? vocabulary.size;
      vocabulary.set(word, id);
      textAt[end] = text;
      tokens[end++] = id;
    }
    for (let at = start; at + gramLength <= end; at++) {
      const slot = slotOf(tokens, at);
      next[at] = heads[slot]!;
      heads[slot] = at + 1;
      state[at] = 1;
    }
  });

  const ownerOf = (position: number): number => texts[textAt[position]!]!.owner;
  const markForm = (head: number, isForm: (owner: number) => boolean): void => {
    for (let at = head; at > 0; at = next[at - 1]!) if (isForm(ownerOf(at - 1))) state[at - 1] = 2;
  };
  for (const head of heads) {
    if (head === 0 || next[head - 1] === 0) continue;
    const documents = new Map<number, Set<string>>();
    for (let at = head; at > 0; at = next[at - 1]!) {
      const { owner, document } = texts[textAt[at - 1]!]!;
      const known = documents.get(owner);
      if (known) known.add(document);
      else documents.set(owner, new Set([document]));
    }
    markForm(head, (owner) => documents.get(owner)!.size > commonDocuments);
  }
  formWords.forEach((ofOwner, owner) => {
    for (const words of ofOwner) {
      const ids = idsOf(words);
      for (let at = 0; at + gramLength <= ids.length; at++) markForm(heads[slotOf(ids, at)]!, (other) => other === owner);
    }
  });
  for (let at = 0; at < total; at++) if (state[at] === 1) owned[textAt[at]!]!++;

  return {
    match(words, onlyOwner) {
      const ids = idsOf(words);
      const found = new Map<number, { longest: number; seen: Set<number> }>();
      /** By diagonal: where the run's last 8-gram starts, how many there are, and whether one of them counts. */
      let runs = new Map<number, { length: number; counts: boolean }>();
      let unknown = ids.lastIndexOf(-1, gramLength - 2); // the last word so far that no text has: no shared 8-gram holds it
      for (let at = 0; at + gramLength <= ids.length; at++) {
        if (ids[at + gramLength - 1] === -1) unknown = at + gramLength - 1;
        if (unknown >= at) {
          if (runs.size > 0) runs = new Map();
          continue;
        }
        const going = new Map<number, { length: number; counts: boolean }>();
        for (let one = heads[slotOf(ids, at)]!; one > 0; one = next[one - 1]!) {
          const position = one - 1;
          if (onlyOwner !== undefined && ownerOf(position) !== onlyOwner) continue;
          const before = runs.get(position - 1);
          const counts = state[position] === 1 || before?.counts === true;
          const length = (before?.length ?? 0) + 1;
          going.set(position, { length, counts });
          if (!counts) continue;
          const text = textAt[position]!;
          const match = found.get(text) ?? { longest: 0, seen: new Set<number>() };
          found.set(text, match);
          match.longest = Math.max(match.longest, length);
          if (state[position] === 1) match.seen.add(position);
        }
        runs = going;
      }
      return [...found].map(([text, { longest, seen }]) => ({
        text,
        words: longest + gramLength - 1,
        share: seen.size / owned[text]!,
      }));
    },
  };
}
