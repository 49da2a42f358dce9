// The report as Markdown, figures by relative path.
import { relative, sep } from "node:path";
import type { RenderedFigure } from "./render-figure.js";
import type { ReportInput } from "./report-input.js";
import { reportByline, reportSections } from "./report-sections.js";
import { escapeMarkdown, renderMarkdown } from "./table-markdown.js";

/** @param options.directory the folder report.md will lie in; figure links are relative to it. */
export function reportMarkdown(options: { input: ReportInput; figures: readonly RenderedFigure[]; directory: string }): string {
  const { input, figures, directory } = options;
  const sections = reportSections(input).flatMap((section) => {
    const drawings = figures.filter(({ name }) => section.figures.includes(name));
    if (section.tables.length + drawings.length === 0) return [];
    return [
      `## ${section.heading}\n`,
      ...section.tables.map(renderMarkdown),
      ...drawings.map(({ name, files }) => `![${name}](${relative(directory, files.png).split(sep).join("/")})\n`),
    ];
  });
  return [
    `# ${escapeMarkdown(`${input.meta.name} · ${input.meta.size}`)}\n`,
    `${escapeMarkdown(reportByline(input))}\n`,
    `\`\`\`\n${input.meta.command}\n\`\`\`\n`,
    ...sections,
    "## Configuration\n",
    `\`\`\`json\n${JSON.stringify(input.config, null, 2)}\n\`\`\`\n`,
  ].join("\n");
}
