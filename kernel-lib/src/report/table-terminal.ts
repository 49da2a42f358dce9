// A table as aligned text. Colour only where it was asked for; `terminalStyle` decides that for a stream.
import type { Table, TableCell } from "./table.js";

export interface TerminalStyle {
  /** Use ANSI bold and dim. */
  colour: boolean;
  /** Cells longer than this are cut with an ellipsis; default 60 characters. */
  maxCellWidth?: number;
  /** Columns of the terminal: a wider table is set in blocks below each other. Default: no limit. */
  width?: number;
}

/** Colour only on a terminal, and not where NO_COLOR (no-color.org) is set to anything. */
export function terminalStyle(
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): TerminalStyle {
  return { colour: stream.isTTY === true && !env.NO_COLOR, ...(stream.columns !== undefined && { width: stream.columns }) };
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const lengthOf = (text: string): number => [...segmenter.segment(text)].length;

function cut(text: string, width: number): string {
  const graphemes = [...segmenter.segment(text.replace(/\s+/g, " "))].map(({ segment }) => segment);
  return graphemes.length <= width ? graphemes.join("") : `${graphemes.slice(0, width - 1).join("")}…`;
}

/** Lines of at most `width` characters, broken between words; a longer word keeps a line of its own. */
function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last === "" || lengthOf(last) + 1 + lengthOf(word) <= width)
      lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Splits the columns after the first `keys` into blocks that fit; every block has at least one. */
function blocksOf(widths: readonly number[], keys: number, width: number): number[][] {
  const keyWidth = widths.slice(0, keys).reduce((sum, column) => sum + column + 2, 0);
  const blocks: number[][] = [];
  let left = -1;
  for (let column = keys; column < widths.length; column++) {
    if (blocks.length === 0 || left < widths[column]! + 2) {
      blocks.push([]);
      left = width - keyWidth;
    }
    blocks.at(-1)!.push(column);
    left -= widths[column]! + 2;
  }
  const keyIndices = Array.from({ length: Math.min(keys, widths.length) }, (_, index) => index);
  return blocks.length === 0 ? [keyIndices] : blocks.map((block) => [...keyIndices, ...block]);
}

/** Renders title, header, rows and footnotes, each line ended by a line break. */
export function renderTerminal(
  table: Table,
  { colour, maxCellWidth = 60, width = Number.POSITIVE_INFINITY }: TerminalStyle,
): string {
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const rows = table.rows.map((row) => row.map((cell): TableCell => ({ ...cell, text: cut(cell.text, maxCellWidth) })));
  const widths = table.columns.map((column, index) =>
    Math.max(lengthOf(column.label), ...rows.map((row) => lengthOf(row[index]?.text ?? ""))),
  );
  const pad = (text: string, index: number): string => {
    const space = " ".repeat(widths[index]! - lengthOf(text));
    return table.columns[index]!.align === "right" ? space + text : text + space;
  };
  const line = (cells: string[]): string => `  ${cells.join("  ")}`.trimEnd();
  const block = (columns: readonly number[]): string[] => [
    line(columns.map((index) => paint(2, pad(table.columns[index]!.label, index)))),
    ...rows.map((row) =>
      line(columns.map((index) => (row[index]!.strong ? paint(1, pad(row[index]!.text, index)) : pad(row[index]!.text, index)))),
    ),
  ];
  const lines = [
    ...(table.title === "" ? [] : [paint(1, table.title)]),
    ...blocksOf(widths, table.keyColumns ?? 1, width).flatMap((columns, index) => [
      ...(index > 0 ? [""] : []),
      ...block(columns),
    ]),
    ...table.footnotes.flatMap((note) => wrapped(note, width - 2).map((text) => paint(2, `  ${text}`))),
  ];
  return `${lines.join("\n")}\n`;
}
