// What the items of a finished evaluation could show at all, by the spread that its own comparisons had.
import { benchmarkTasks, type DetectableOptions, type TaskItem } from "../../evaluate/index.js";
import { comparisonsOf } from "../evaluated-systems.js";
import type { Benchmarks } from "./open-benchmarks.js";

/** As many items in as many documents as were scored; nothing else of them matters here, and their texts need not be on this machine. */
const countedItems = (n: number, clusters: number): TaskItem[] =>
  Array.from({ length: n }, (_, index) => ({ id: `${index}`, input: "", gold: "", document: `${index % clusters}` }));

/** The options of `detectableTable` for an opened evaluation. */
export function detectableIn({ config, scores, differences, origins }: Benchmarks): DetectableOptions & { shots: number[] } {
  const { shots } = config.budget;
  const parts = Object.keys(origins).flatMap((taskId) => {
    const task = benchmarkTasks.find(({ id }) => id === taskId);
    const score = scores.find((row) => row.taskId === taskId && row.subset === "all");
    if (task === undefined || score === undefined) return [];
    return [{ task, items: countedItems(score.n, score.clusters ?? score.n) }];
  });
  return { parts, comparisonsPerTask: shots.length * comparisonsOf(config).length, earlier: differences, shots };
}
