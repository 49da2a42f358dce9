// The k best passages of a built corpus, exactly: LanceDB's index finds candidates, their scores are computed anew (bm25.ts), and more
// candidates are taken until none that is left can reach the k-th score.
import type { Table } from "@lancedb/lancedb";
import { z } from "zod";
import { InputError } from "../runtime/index.js";
import { ceilingFactor, lanceK1, type Statistics, saturation } from "./bm25.js";
import { frequencyIn, type TermWeight, termWeights } from "./term-weights.js";
import type { Analyse } from "./terms.js";

export interface Hit {
  id: string;
  text: string;
  source: string;
  score: number;
}

// Where so many passages score alike (a query of one very common word), the order among those beyond is LanceDB's.
const mostCandidates = 4_096;
// LanceDB computes in float32.
const slack = 1 + 1e-5;

const candidateSchema = z.object({
  ...{ id: z.string(), text: z.string(), terms: z.string(), source: z.string() },
  ...{ length: z.number(), number: z.number(), _score: z.number() },
});
const columns = Object.keys(candidateSchema.shape);
type Candidate = z.infer<typeof candidateSchema>;

function exactScore(
  { terms, length }: Candidate,
  counts: ReadonlyMap<string, number>,
  weights: ReadonlyMap<string, TermWeight>,
  statistics: Statistics,
): number {
  const words = terms.split(" ");
  let score = 0;
  for (const [term, { idf }] of weights)
    score += counts.get(term)! * idf * saturation(frequencyIn(words, term), length, statistics);
  return score;
}

/** Best score first; equal scores in the order of the sources, then of the passages within. */
function ranked(candidates: readonly (Candidate & { score: number })[]): (Candidate & { score: number })[] {
  return [...candidates].sort(
    (a, b) => b.score - a.score || (a.source === b.source ? a.number - b.number : a.source < b.source ? -1 : 1),
  );
}

export function searcher(table: Table, statistics: Statistics, analyse: Analyse): (query: string, k: number) => Promise<Hit[]> {
  const weightsOf = termWeights(table, statistics);
  return async (query, k) => {
    if (!Number.isInteger(k) || k < 1) throw new InputError({ got: `the ${k} best passages`, allowed: "a whole number from 1" });
    const { MatchQuery } = await import("@lancedb/lancedb");
    const [terms] = await analyse([query]);
    const weights = await weightsOf(terms!);
    if (weights.size === 0) return [];
    const counts = new Map<string, number>();
    for (const term of terms!) counts.set(term, (counts.get(term) ?? 0) + 1);
    const factor = (ceilingFactor(Math.max(...[...weights.values()].map(({ highest }) => highest))) * slack) / (lanceK1 + 1);
    const known = terms!.filter((term) => weights.has(term)).join(" ");
    for (let limit = Math.max(4 * k, 32); ; limit *= 4) {
      const rows = await table.query().fullTextSearch(new MatchQuery(known, "terms")).select(columns).limit(limit).toArray();
      const candidates = rows.map((row) => candidateSchema.parse(row));
      const best = ranked(
        candidates.map((candidate) => ({ ...candidate, score: exactScore(candidate, counts, weights, statistics) })),
      ).slice(0, k);
      const ceiling = factor * Math.min(...candidates.map(({ _score }) => _score));
      if (candidates.length < limit || best.at(-1)!.score > ceiling || limit >= Math.max(mostCandidates, 4 * k))
        return best.map(({ id, text, source, score }) => ({ id, text, source, score }));
    }
  };
}
