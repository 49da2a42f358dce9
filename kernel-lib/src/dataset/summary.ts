// What a set of triples is made of, in plain numbers. The arithmetic is ours: a data frame is for viewing only.
import { rougeTokens, wordCount } from "../filter/index.js";
import type { Triple } from "./triple.js";

export interface LengthSummary {
  /** In words. */
  mean: number;
  median: number;
  min: number;
  max: number;
}

export interface DatasetSummary {
  rows: number;
  withInput: number;
  instructionWords: LengthSummary;
  /** Over the rows that have an input. */
  inputWords: LengthSummary;
  outputWords: LengthSummary;
  /** Distinct n-grams ÷ all n-grams of the instructions (Li et al. 2016), 0–1; 0 where there is none. */
  distinct1: number;
  distinct2: number;
  /** Outputs that several rows share, with their share of all rows (0–1), commonest first: how balanced the labels are. */
  labels: { output: string; rows: number; share: number }[];
}

function lengths(texts: readonly string[]): LengthSummary {
  const counts = texts.map(wordCount).sort((a, b) => a - b);
  if (counts.length === 0) return { mean: 0, median: 0, min: 0, max: 0 };
  const middle = counts.length >> 1;
  const median = counts.length % 2 === 1 ? counts[middle]! : (counts[middle - 1]! + counts[middle]!) / 2;
  return { mean: counts.reduce((sum, count) => sum + count, 0) / counts.length, median, min: counts[0]!, max: counts.at(-1)! };
}

/** Distinct n-grams over all n-grams of the texts together. */
export function distinctN(texts: readonly string[], n: number): number {
  const distinct = new Set<string>();
  let all = 0;
  for (const text of texts) {
    const tokens = rougeTokens(text);
    for (let end = n; end <= tokens.length; end++) {
      distinct.add(tokens.slice(end - n, end).join(" "));
      all++;
    }
  }
  return all === 0 ? 0 : distinct.size / all;
}

/** Summarises triples; an empty set gives zeros. */
export function summarise(triples: readonly Triple[]): DatasetSummary {
  const instructions = triples.map(({ instruction }) => instruction);
  const inputs = triples.map(({ input }) => input).filter((input) => input !== "");
  const outputs = new Map<string, number>();
  for (const { output } of triples) {
    const label = output.trim().toLowerCase();
    outputs.set(label, (outputs.get(label) ?? 0) + 1);
  }
  return {
    rows: triples.length,
    withInput: inputs.length,
    instructionWords: lengths(instructions),
    inputWords: lengths(inputs),
    outputWords: lengths(triples.map(({ output }) => output)),
    distinct1: distinctN(instructions, 1),
    distinct2: distinctN(instructions, 2),
    labels: [...outputs]
      .filter(([, rows]) => rows > 1)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([output, rows]) => ({ output, rows, share: rows / triples.length })),
  };
}
