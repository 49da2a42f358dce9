// A table as an HTML fragment that brings its own few styles, so that it looks the same in the report and in JupyterLab.
import type { Table, TableColumn } from "./table.js";

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/** Numbers stay on one line: an interval broken in two is not read as one. */
const cellStyle = ({ align }: TableColumn): string =>
  `text-align:${align};padding:2px 10px;vertical-align:top${align === "right" ? ";white-space:nowrap" : ""}`;

export function renderHtml(table: Table): string {
  const head = table.columns
    .map(
      (column) =>
        `<th style="text-align:${column.align};padding:2px 10px;vertical-align:bottom">${escapeHtml(column.label)}</th>`,
    )
    .join("");
  const body = table.rows.map((row) => {
    const cells = row.map(({ text, strong }, index) => {
      const inner = strong ? `<b>${escapeHtml(text)}</b>` : escapeHtml(text);
      return `<td style="${cellStyle(table.columns[index]!)}">${inner}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return [
    `<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">`,
    ...(table.title === ""
      ? []
      : [`<caption style="text-align:left;font-weight:600;padding:4px 10px">${escapeHtml(table.title)}</caption>`]),
    `<thead><tr style="border-bottom:1px solid currentColor">${head}</tr></thead>`,
    `<tbody>`,
    ...body,
    `</tbody></table>`,
    ...table.footnotes.map((note) => `<div style="font-size:85%;opacity:.75;padding:0 10px">${escapeHtml(note)}</div>`),
    "",
  ].join("\n");
}
