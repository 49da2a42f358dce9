// The report as one HTML file that needs no network: figures are inlined as SVG.
import type { RenderedFigure } from "./render-figure.js";
import type { ReportInput } from "./report-input.js";
import { reportByline, reportSections } from "./report-sections.js";
import { escapeHtml, renderHtml } from "./table-html.js";

const style = `
body { font: 15px/1.5 "Liberation Sans", Arial, Helvetica, sans-serif; color: #222; background: #fff; margin: 2rem auto; padding: 0 1rem; max-width: 1200px }
h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ddd }
.wide { overflow-x: auto } table { font-size: 13px; margin: 1rem 0 } tbody tr:nth-child(even) { background: #f6f6f6 }
td { max-width: 36rem; overflow-wrap: anywhere } figure { margin: 1rem 0 } figure svg { max-width: 100%; height: auto }
pre { background: #f6f6f6; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px }`;

export function reportHtml({ input, figures }: { input: ReportInput; figures: readonly RenderedFigure[] }): string {
  const sections = reportSections(input).flatMap((section) => {
    const drawings = figures.filter(({ name }) => section.figures.includes(name));
    if (section.tables.length + drawings.length === 0) return [];
    return [
      `<h2>${escapeHtml(section.heading)}</h2>`,
      ...section.tables.map((table) => `<div class="wide">${renderHtml(table)}</div>`),
      ...drawings.map(({ name, svg }) => `<figure id="${name}">${svg.replace(/^<\?xml[^>]*\?>\s*/, "")}</figure>`),
    ];
  });
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escapeHtml(`${input.meta.name} · ${input.meta.size}`)}</title><style>${style}</style></head><body>`,
    `<h1>${escapeHtml(`${input.meta.name} · ${input.meta.size}`)}</h1>`,
    `<p>${escapeHtml(reportByline(input))}</p>`,
    `<pre>${escapeHtml(input.meta.command)}</pre>`,
    ...sections,
    "<h2>Configuration</h2>",
    `<pre>${escapeHtml(JSON.stringify(input.config, null, 2))}</pre>`,
    "</body></html>",
    "",
  ].join("\n");
}
