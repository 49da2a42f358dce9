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
 * counted with repetition, bound its longest common subsequence from above, and only pairs that can beat the best so far are aligned.
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
    const shared = new Map<number, number>();
    for (const [token, count] of countTokens(tokens))
      for (const posting of postings.get(token) ?? [])
        shared.set(posting.entry, (shared.get(posting.entry) ?? 0) + Math.min(count, posting.count));
    const lcs = lcsWith(tokens);
    // F1 = 2·common / (lengths), so fractions compare by cross-multiplication: a/b > c/d ⇔ a·d > c·b.
    const best = { entry: -1, common: 0, lengths: 1 };
    for (const [entry, bound] of [...shared].sort(([a], [b]) => a - b)) {
      const other = entries[entry]!.tokens;
      const lengths = tokens.length + other.length;
      if (bound * best.lengths <= best.common * lengths) continue;
      const common = lcs(other);
      if (common * best.lengths > best.common * lengths) Object.assign(best, { entry, common, lengths });
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
