// Near-duplicates by their shingles: sets of consecutive words, compared by Jaccard similarity; candidates come from MinHash signatures
// in bands (Broder 1997; locality-sensitive hashing as in Leskovec, Rajaraman & Ullman 2014, chapter 3) and are verified exactly.
// What it catches and ROUGE-L does not: the same sentences in another order, since a subsequence loses what moved. What ROUGE-L catches
// and it does not: a few scattered words changed, each of which breaks `shingle` shingles (every fifth word of a text changed leaves a
// ROUGE-L of 0.8 and, with shingles of three words, a Jaccard of about 0.25). A pair without a common band is missed by chance, so this
// stage may let a duplicate through, but never drops a text that is none. It saves no time: at 100,000 lines of the novelty bench its hashing
// took longer than the whole exact search by ROUGE-L, of whose rejections it found a sixth. Its use is the reordered text.
import { deriveRandom, InputError } from "../runtime/index.js";
import { type NoveltyIndex, thousandthsOf } from "./novelty.js";
import { rougeTokens } from "./rouge-l.js";

export interface NearDuplicateOptions {
  /** Words a shingle. Default 3. */
  shingle?: number;
  /** Bands of the signature; a pair that agrees in a whole band is a candidate. Default 20. */
  bands?: number;
  /** Hashes a band. Default 4: half of the pairs at a Jaccard of 0.43 become candidates, 99.6 % of those at 0.7. */
  rows?: number;
  /** The largest Jaccard similarity that still passes, 0–1 in steps of 0.001. Default 0.7. */
  threshold?: number;
}

/** FNV-1a over the words of a shingle. */
function hashWords(words: readonly string[], start: number, count: number): number {
  let hash = 0x811c9dc5;
  for (let word = start; word < start + count; word++) {
    const text = words[word]!;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0x20, 0x01000193);
  }
  return hash;
}

/** One of many hash functions of a hash: murmur3's finaliser over it and the function's salt. */
function rehash(hash: number, salt: number): number {
  let mixed = Math.imul(hash ^ salt, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function sharedCount(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  let count = 0;
  for (const shingle of one) if (other.has(shingle)) count++;
  return count;
}

/**
 * An index of texts with the questions of a {@link NoveltyIndex}: `breach` answers with the candidate of the highest Jaccard similarity
 * above the threshold, of equals the one added first. Texts shorter than a shingle are one shingle; a text without words is near to nothing.
 * @throws InputError for a threshold outside 0–1 and for a shingle, bands or rows that are no whole number from 1.
 */
export function createNearDuplicateIndex(options: NearDuplicateOptions = {}): Pick<NoveltyIndex, "breach" | "add"> {
  const { shingle = 3, bands = 20, rows = 4, threshold = 0.7 } = options;
  const thousandths = thousandthsOf(threshold, "near-duplicate threshold");
  for (const [name, value] of Object.entries({ shingle, bands, rows }))
    if (!Number.isInteger(value) || value < 1)
      throw new InputError({ got: `near-duplicate ${name} ${value}`, allowed: "a whole number from 1" });
  const random = deriveRandom("minhash", bands * rows);
  const salts = Array.from({ length: bands * rows }, () => random.integer(2 ** 32) | 0);
  const entries: { id: string; shingles: Set<string> }[] = [];
  const buckets = Array.from({ length: bands }, () => new Map<string, number[]>());

  const describe = (text: string): { shingles: Set<string>; keys: string[] } => {
    const words = rougeTokens(text);
    const shingles = new Set<string>();
    const hashes: number[] = [];
    const length = Math.min(shingle, words.length);
    for (let start = 0; length > 0 && start + length <= words.length; start++) {
      const phrase = words.slice(start, start + length).join(" ");
      if (shingles.has(phrase)) continue;
      shingles.add(phrase);
      hashes.push(hashWords(words, start, length));
    }
    const signature = salts.map((salt) => hashes.reduce((least, hash) => Math.min(least, rehash(hash, salt)), 2 ** 32));
    return { shingles, keys: Array.from(buckets, (_, band) => signature.slice(band * rows, (band + 1) * rows).join(" ")) };
  };

  return {
    breach(text) {
      const { shingles, keys } = describe(text);
      if (shingles.size === 0) return null;
      const candidates = new Set(keys.flatMap((key, band) => buckets[band]!.get(key) ?? []));
      let best = { entry: -1, shared: thousandths, union: 1000 };
      for (const entry of [...candidates].sort((a, b) => a - b)) {
        const shared = sharedCount(shingles, entries[entry]!.shingles);
        const union = shingles.size + entries[entry]!.shingles.size - shared;
        if (shared * best.union > best.shared * union) best = { entry, shared, union };
      }
      if (best.entry < 0) return null;
      return { score: best.shared / best.union, threshold, nearestId: entries[best.entry]!.id };
    },
    add(id, text) {
      const { shingles, keys } = describe(text);
      entries.push({ id, shingles });
      if (shingles.size === 0) return;
      keys.forEach((key, band) => {
        const bucket = buckets[band]!.get(key);
        if (bucket) bucket.push(entries.length - 1);
        else buckets[band]!.set(key, [entries.length - 1]);
      });
    },
  };
}
