// A table as GitHub-flavoured Markdown.
import type { Table } from "./table.js";

/** Escapes what would end a cell or start markup in it. */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(/[\\`*_<>[\]|~]/g, "\\$&")
    .replace(/\s+/g, " ")
    .trim();

export function renderMarkdown(table: Table): string {
  const row = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  const cell = (text: string, strong?: boolean): string => (strong ? `**${escapeMarkdown(text)}**` : escapeMarkdown(text));
  const lines = [
    ...(table.title === "" ? [] : [`**${escapeMarkdown(table.title)}**`, ""]),
    row(table.columns.map((column) => escapeMarkdown(column.label))),
    row(table.columns.map((column) => (column.align === "right" ? "---:" : "---"))),
    ...table.rows.map((cells) => row(cells.map(({ text, strong }) => cell(text, strong)))),
    ...(table.footnotes.length === 0 ? [] : ["", ...table.footnotes.map((note) => `- ${escapeMarkdown(note)}`)]),
  ];
  return `${lines.join("\n")}\n`;
}
