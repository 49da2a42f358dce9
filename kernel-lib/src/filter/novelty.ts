// Novelty as Self-Instruct defines it (Wang et al. 2023): a text is new when its ROUGE-L F1 against every seed and every text kept so
// far is at most 0.7. Comparisons are between integers, so a score of exactly the threshold always passes.
import { InputError } from "../runtime/index.js";
import { lcsWith, rougeTokens } from "./rouge-l.js";
import type { Breach } from "./rule.js";

export interface Nearest {
  /** Null where nothing shares a word with the text. */
  nearestId: string | null;
  /** ROUGE-L F1 to it, 0–1. */
  score: number;
}

export interface NoveltyIndex {
  /** The most similar text held so far; of equals the one added first. */
  nearest(text: string): Nearest;
  /** The breach where the nearest text is more similar than the threshold allows. */
  test(text: string): { breach: Breach | null; nearest: Nearest };
  add(id: string, text: string): void;
}

interface Entry {
  id: string;
  tokens: string[];
}

function countTokens(tokens: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/**
 * An index of the texts that a new one must differ from. Words are posted to the texts that hold them: the shared words of a pair,
 * counted with repetition, bound its longest common subsequence from above; pairs are aligned from the highest bound down, until no other
 * can beat the best.
 * @throws InputError for a threshold outside 0–1 or finer than a thousandth (it would have no exact integer form).
 */
export function createNoveltyIndex({ threshold = 0.7 }: { threshold?: number } = {}): NoveltyIndex {
  const thousandths = Math.round(threshold * 1000);
  if (!(thousandths >= 0 && thousandths <= 1000) || Math.abs(thousandths - threshold * 1000) > 1e-6)
    throw new InputError({
      got: `novelty threshold ${threshold}`,
      allowed: "0 to 1 in steps of 0.001",
      todo: "0.7 is Self-Instruct's",
    });
  const entries: Entry[] = [];
  const postings = new Map<string, { entry: number; count: number }[]>();

  const find = (text: string): { entry: number; common: number; lengths: number } => {
    const tokens = rougeTokens(text);
    const bounds = new Uint32Array(entries.length);
    for (const [token, count] of countTokens(tokens))
      for (const posting of postings.get(token) ?? []) bounds[posting.entry]! += Math.min(count, posting.count);
    const lengthsWith = (entry: number): number => tokens.length + entries[entry]!.tokens.length;
    const promise = Float64Array.from(bounds, (bound, entry) => (bound === 0 ? 0 : bound / lengthsWith(entry)));
    const mostPromising = [...promise.keys()].filter((entry) => promise[entry]! > 0).sort((a, b) => promise[b]! - promise[a]!);

    // F1 = 2·common / lengths, so fractions compare by cross-multiplication: a/b > c/d ⇔ a·d > c·b.
    const lcs = lcsWith(tokens);
    const best = { entry: -1, common: 0, lengths: 1 };
    for (const entry of mostPromising) {
      const lengths = lengthsWith(entry);
      if (bounds[entry]! * best.lengths < best.common * lengths) break;
      const common = lcs(entries[entry]!.tokens);
      const lead = common * best.lengths - best.common * lengths;
      if (lead > 0 || (lead === 0 && common > 0 && entry < best.entry)) Object.assign(best, { entry, common, lengths });
    }
    return best;
  };
  const describe = ({ entry, common, lengths }: ReturnType<typeof find>): Nearest => ({
    nearestId: entries[entry]?.id ?? null,
    score: (2 * common) / lengths,
  });

  return {
    nearest: (text) => describe(find(text)),
    test(text) {
      const found = find(text);
      const nearest = describe(found);
      const tooClose = 2000 * found.common > thousandths * found.lengths;
      return {
        nearest,
        breach: tooClose
          ? { score: nearest.score, threshold, ...(nearest.nearestId !== null && { nearestId: nearest.nearestId }) }
          : null,
      };
    },
    add(id, text) {
      const tokens = rougeTokens(text);
      entries.push({ id, tokens });
      for (const [token, count] of countTokens(tokens)) {
        const list = postings.get(token);
        if (list) list.push({ entry: entries.length - 1, count });
        else postings.set(token, [{ entry: entries.length - 1, count }]);
      }
    },
  };
}
