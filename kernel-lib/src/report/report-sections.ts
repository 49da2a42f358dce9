// The order of a report, the same on the page and in Markdown: what was found, how it compares, how it came about.

import { differencesTable } from "./differences-table.js";
import type { ReportInput } from "./report-input.js";
import { keptTable, ledgerTable, rejectedTable, stagesTable } from "./report-tables.js";
import { resultsTable } from "./results-table.js";
import type { Table } from "./table.js";

export interface ReportSection {
  heading: string;
  tables: Table[];
  /** Names of the figures that belong here. */
  figures: string[];
}

export function reportSections(input: ReportInput): ReportSection[] {
  const all: ReportSection[] = [
    { heading: "Results", tables: input.scores.length > 0 ? [resultsTable(input)] : [], figures: ["scores-by-task"] },
    {
      heading: "Every comparison",
      tables: input.differences.length > 0 ? [differencesTable(input)] : [],
      figures: [],
    },
    { heading: "Beside the paper", tables: [], figures: ["scores-beside-paper"] },
    {
      heading: "What the model wrote",
      tables: [
        ledgerTable(input),
        ...(input.triples.length > 0 ? [keptTable(input)] : []),
        ...(input.rejections.length > 0 ? [rejectedTable(input)] : []),
      ],
      figures: ["funnel", "lengths"],
    },
    { heading: "Training", tables: [], figures: ["loss-curve"] },
    {
      heading: "Every metric",
      tables: input.scores.length > 0 ? [{ ...resultsTable(input, { metrics: "all" }), footnotes: [] }] : [],
      figures: [],
    },
    { heading: "Time", tables: [stagesTable(input)], figures: [] },
  ];
  return all;
}

/** The one line under the report's title. */
export const reportByline = ({ meta }: ReportInput): string =>
  `${meta.model} · ${meta.backend} · ${meta.size} · ${meta.seedCount} seeds · run seed ${meta.runSeed} · ${meta.date}${meta.machine ? ` · ${meta.machine}` : ""}`;
