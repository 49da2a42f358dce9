// What the paper compares: the base and the self-specialised model, on a dataset at 30B or on average at 7B.
import { findPaperValue, loadPaperTable, type PaperTable, type PaperValue } from "./paper.js";

export interface PaperTables {
  /** Per dataset, 30B. */
  large: PaperTable;
  /** Averages at k = 0, 1, 5, 7B. */
  small: PaperTable;
}

/** The two tables that results stand beside, from data/paper. */
export const loadPaperTables = (): PaperTables => ({
  large: loadPaperTable("biomedicine-30b"),
  small: loadPaperTable("biomedicine-7b"),
});

/** Undefined where the paper prints no such value. */
export interface PaperComparison {
  model: string;
  base: PaperValue | undefined;
  tuned: PaperValue | undefined;
}

const compare = (table: PaperTable, model: string, dataset: string, k: number): PaperComparison => ({
  model,
  base: findPaperValue(table, { model, dataset, k }),
  tuned: findPaperValue(table, { model: `Self-Specialized ${model}`, dataset, k }),
});

/** The demonstrations behind the values per dataset, as inferred (data/paper/README.md). */
export const datasetShots = 5;

export const paperDataset = ({ large }: PaperTables, dataset: string): PaperComparison =>
  compare(large, "MPT-30B", dataset, datasetShots);

/** Over the paper's ten datasets. */
export const paperAverage = ({ small }: PaperTables, k: number): PaperComparison =>
  compare(small, "LLaMA-2-7B", "average of 10", k);
