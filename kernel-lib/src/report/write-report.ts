// Writes a run's report: one self-contained page, the same as Markdown, and every number as JSON.
import { join } from "node:path";
import { writeAtomic, writeJson } from "../runtime/index.js";
import type { Figure } from "./figure.js";
import { funnel } from "./figure-funnel.js";
import { lengths } from "./figure-lengths.js";
import { lossCurve } from "./figure-loss.js";
import { scoresBesidePaper } from "./figure-paper.js";
import { scoresByTask } from "./figure-scores.js";
import { scoresOverShots } from "./figure-shots.js";
import { loadPaperTables } from "./paper-comparison.js";
import { type RenderedFigure, renderFigure } from "./render-figure.js";
import { openRenderer } from "./renderer.js";
import { reportHtml } from "./report-html.js";
import type { ReportInput } from "./report-input.js";
import { reportMarkdown } from "./report-markdown.js";

/** The figures a run can show; a part that was not run has no figure. */
export function runFigures(input: ReportInput): { name: string; figure: Figure }[] {
  const figures: { name: string; figure: Figure }[] = [];
  if (input.scores.length > 0) {
    figures.push({ name: "scores-by-task", figure: scoresByTask(input) });
    if (new Set(input.scores.map(({ k }) => k)).size > 1)
      figures.push({ name: "scores-over-shots", figure: scoresOverShots(input) });
    figures.push({ name: "scores-beside-paper", figure: scoresBesidePaper(input, loadPaperTables()) });
  }
  if (input.trainingLogs.length > 0) figures.push({ name: "loss-curve", figure: lossCurve(input.trainingLogs, input.meta) });
  if (input.ledgers.length > 0) figures.push({ name: "funnel", figure: funnel(input.ledgers) });
  if (input.triples.length > 0) figures.push({ name: "lengths", figure: lengths(input.triples) });
  return figures;
}

export interface WrittenReport {
  html: string;
  markdown: string;
  results: string;
  figures: RenderedFigure[];
  /** "chromium" or "jsdom+resvg". */
  renderer: string;
}

/**
 * Writes `report.html`, `report.md`, `results.json` into `directory` and the figures into `figuresDirectory` (default
 * `<directory>/figures`); returns their paths.
 */
export async function writeReport(options: {
  directory: string;
  figuresDirectory?: string;
  input: ReportInput;
}): Promise<WrittenReport> {
  const { directory, input } = options;
  const figuresDirectory = options.figuresDirectory ?? join(directory, "figures");
  const renderer = await openRenderer();
  const figures: RenderedFigure[] = [];
  try {
    for (const { name, figure } of runFigures(input))
      figures.push(await renderFigure({ name, figure, directory: figuresDirectory, renderer }));
  } finally {
    await renderer.close();
  }
  const paths = {
    html: join(directory, "report.html"),
    markdown: join(directory, "report.md"),
    results: join(directory, "results.json"),
  };
  const { meta, config, scores, differences, origins, notices = [], ledgers, stages, deviations } = input;
  writeJson(paths.results, { meta, config, scores, differences, origins, notices, ledgers, stages, deviations });
  writeAtomic(paths.markdown, reportMarkdown({ input, figures, directory }));
  writeAtomic(paths.html, reportHtml({ input, figures }));
  return { ...paths, figures, renderer: renderer.name };
}
