// How rare a query's terms are. LanceDB tells no document frequencies, but its score of a term's best passage has the idf in it: what is left
// after dividing by the rest of the formula. One quick query a term, remembered.
import type { Table } from "@lancedb/lancedb";
import { z } from "zod";
import { idf, lanceK1, lanceWeight, passagesFromIdf, type Statistics, saturation } from "./bm25.js";

export interface TermWeight {
  idf: number;
  /** The highest saturation at LanceDB's k1 that any passage has for this term. */
  highest: number;
}

const bestSchema = z.object({ terms: z.string(), length: z.number(), _score: z.number() });

/** More are forgotten and asked for again. */
const remembered = 200_000;

export const frequencyIn = (terms: readonly string[], term: string): number => terms.filter((one) => one === term).length;

/** Returns the function that knows the weights of terms; it has none for those that no passage holds. */
export function termWeights(
  table: Table,
  statistics: Statistics,
): (terms: readonly string[]) => Promise<Map<string, TermWeight>> {
  const known = new Map<string, Promise<TermWeight | undefined>>();

  async function ask(term: string): Promise<TermWeight | undefined> {
    const { MatchQuery } = await import("@lancedb/lancedb");
    const query = table.query().fullTextSearch(new MatchQuery(term, "terms"));
    const [row] = await query.select(["terms", "length", "_score"]).limit(1).toArray();
    if (row === undefined) return undefined;
    const best = bestSchema.parse(row);
    const frequency = frequencyIn(best.terms.split(" "), term);
    const value = best._score / lanceWeight(frequency, best.length, statistics);
    return {
      idf: idf(passagesFromIdf(value, statistics), statistics),
      highest: saturation(frequency, best.length, statistics, lanceK1),
    };
  }

  return async (terms) => {
    if (known.size > remembered) known.clear();
    const distinct = [...new Set(terms)];
    const asked = distinct.map((term) => {
      const weight = known.get(term) ?? ask(term);
      weight.catch(() => known.delete(term));
      known.set(term, weight);
      return weight;
    });
    const answers = await Promise.all(asked);
    // In the order of the query, so that sums come out the same to the last bit.
    const weights = new Map<string, TermWeight>();
    for (const [index, weight] of answers.entries()) if (weight) weights.set(distinct[index]!, weight);
    return weights;
  };
}
