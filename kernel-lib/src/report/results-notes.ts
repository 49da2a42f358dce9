// What stands under results: how intervals and p-values were made, over how many comparisons they were corrected, and what they leave out.
import { defaultResamples, isAverage } from "../evaluate/index.js";
import type { ResultsInput } from "./report-input.js";
import { leadingDifferences, leadingScores } from "./results-rows.js";
import { systemStyle } from "./systems.js";

const count = (n: number): string => n.toLocaleString("en-US");

/** How scores got their intervals. */
export function scoreNotes(input: ResultsInput): string[] {
  const scores = leadingScores(input).filter(({ taskId }) => !isAverage(taskId));
  const clustered = scores.some(({ n, clusters = n }) => clusters < n);
  const draws = Math.max(1, ...scores.map((score) => score.draws.length));
  const errors = scores.reduce((sum, score) => Math.max(sum, score.errors), 0);
  return [
    `Scores in percent with 95 % percentile intervals of the bootstrap: ${count(defaultResamples)} resamples of the test items, the same for all systems, run seed ${input.meta.runSeed}.`,
    ...(clustered ? ["n: items/documents; the items of one document are drawn together."] : []),
    ...(draws > 1
      ? [`For k > 0 the answers to ${draws} draws of demonstrations are pooled; ± is the standard deviation over draws.`]
      : []),
    ...(errors > 0 ? [`Up to ${errors} answers a row are missing because their requests failed; they count as wrong.`] : []),
  ];
}

/** How differences were tested, and what their correction goes over. */
export function differenceNotes(input: ResultsInput): string[] {
  const family = leadingDifferences(input);
  const corrected = family.filter(({ pHolm }) => pHolm !== undefined).length;
  if (corrected === 0) return ["The differences of this run have no p-values: none is marked."];
  const exact = [...new Set(family.filter(({ test }) => test === "McNemar exact").map(({ metric }) => metric))];
  const test =
    exact.length === 0
      ? "the paired bootstrap"
      : `McNemar's exact test (${exact.join(", ")}; one answer an item, no shared documents) or the paired bootstrap`;
  const pairs = new Set(family.map(({ system, against }) => `${system}\n${against}`)).size;
  return [
    `Differences are paired on the same items, in points. p: two-sided, by ${test}, corrected after Holm over the ${corrected} comparisons of this family: the main metric of every task and the averages, every k, ${pairs} pairs of systems, lenient reading.`,
    "Bold and * only where the corrected p is below 0.05 and the 95 % interval does not hold 0, for losses as for gains. Intervals are not corrected.",
  ];
}

/** Everything under the results table. */
export function resultsNotes(input: ResultsInput, { headline }: { headline: string }): string[] {
  const { meta, origins, scores, notices = [], deviations } = input;
  const mini = [...new Set(scores.map(({ taskId }) => taskId))].filter((taskId) => origins[taskId]?.origin === "mini");
  return [
    `${meta.model}, trained on ${meta.backend}, ${meta.seedCount} seeds, run seed ${meta.runSeed}, ${meta.date.slice(0, 10)}.`,
    ...scoreNotes(input),
    ...(input.differences.length > 0 ? differenceNotes(input) : []),
    "One training run a system: the intervals do not hold the noise of sampling and training.",
    `Format failures: share of answers not in the asked format, base → ${systemStyle(headline).label}.`,
    ...(mini.length === 0
      ? []
      : [
          `Warning: ${mini.map((taskId) => origins[taskId]?.title ?? taskId).join(", ")} ran on the mini set of this project, not on the benchmark; such scores compare with nothing outside this table.`,
        ]),
    ...notices,
    ...deviations.map((deviation) => `Differs from the paper: ${deviation}`),
  ];
}
