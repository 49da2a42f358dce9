// The order of a report, the same on the page and in Markdown: what was found, how it compares, how it came about.
import { agreementNote } from "./agreement-note.js";
import { cleanTable } from "./clean-table.js";
import { differencesTable } from "./differences-table.js";
import { loadPaperTables } from "./paper-comparison.js";
import { paperTable } from "./paper-table.js";
import { readingsTable } from "./readings-table.js";
import type { ReportInput } from "./report-input.js";
import { keptTable, ledgerTable, rejectedTable, stagesTable } from "./report-tables.js";
import { resultsTable, shownResults } from "./results-table.js";
import type { Table } from "./table.js";

export interface ReportSection {
  heading: string;
  tables: Table[];
  /** Names of the figures that belong here. */
  figures: string[];
}

const filled = (tables: readonly Table[]): Table[] => tables.filter(({ rows }) => rows.length > 0);

export function reportSections(input: ReportInput): ReportSection[] {
  return [
    { heading: "Results", tables: filled([resultsTable(input)]), figures: ["scores-by-task", "scores-over-shots"] },
    { heading: "Every comparison", tables: filled([differencesTable(input)]), figures: [] },
    { heading: "Readings", tables: filled([readingsTable(input)]), figures: [] },
    { heading: "Clean items", tables: filled([cleanTable(input)]), figures: [] },
    { heading: "Beside the paper", tables: filled([paperTable(input, loadPaperTables())]), figures: ["scores-beside-paper"] },
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
      tables: filled([
        {
          ...resultsTable(input, { metrics: "all" }),
          footnotes: [
            "Differences in main metrics are corrected after Holm among themselves, those in the others among themselves.",
            ...agreementNote(shownResults(input, "all")),
          ],
        },
      ]),
      figures: [],
    },
    { heading: "Time", tables: [stagesTable(input)], figures: [] },
  ];
}

/** The one line under the report's title. */
export const reportByline = ({ meta }: ReportInput): string =>
  `${meta.model} · ${meta.backend} · ${meta.size} · ${meta.seedCount} seeds · run seed ${meta.runSeed} · ${meta.date}${meta.machine ? ` · ${meta.machine}` : ""}`;
