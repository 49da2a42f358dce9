// Tables in a cell: rows of records, a Danfo frame or one of the report's tables, as HTML and as text. tslab would print a frame's
// inside and cut records at the second level.
import { renderHtml, renderTerminal, type Table, tableFromRecords } from "../report/index.js";
import { display } from "./display.js";

/** What of a Danfo frame is read: its values by row, and its row labels where they are more than numbers. */
export interface FrameLike {
  readonly index: readonly (string | number)[];
  readonly columns: readonly string[];
  readonly values: readonly unknown[];
  readonly shape: readonly number[];
}

export type Showable = Table | FrameLike | readonly object[];

export interface ShowOptions {
  title?: string;
  /** At most this many rows; a footnote says how many there are. Default 20. */
  rows?: number;
}

const isTable = (value: Showable): value is Table => "columns" in value && "footnotes" in value;

function recordsOf(value: FrameLike | readonly object[]): Record<string, unknown>[] {
  if (!("shape" in value)) return value.map((row) => ({ ...row }));
  const labelled = value.index.some((label) => typeof label === "string");
  return value.values.map((row, number) => {
    const cells = Array.isArray(row) ? (row as unknown[]) : [row];
    const label = labelled ? { "": value.index[number] } : {};
    return { ...label, ...Object.fromEntries(value.columns.map((column, index) => [column, cells[index]])) };
  });
}

/** The table that `show` draws. */
export function tableOf(value: Showable, { title, rows = 20 }: ShowOptions = {}): Table {
  const whole = isTable(value) ? value : tableFromRecords("", recordsOf(value));
  const cut = whole.rows.length > rows ? [`The first ${rows} of ${whole.rows.length} rows.`] : [];
  return { ...whole, title: title ?? whole.title, rows: whole.rows.slice(0, rows), footnotes: [...cut, ...whole.footnotes] };
}

/** Shows rows, a Danfo frame or a table. In a notebook as HTML, elsewhere as aligned text. */
export function show(value: Showable, options: ShowOptions = {}): void {
  const table = tableOf(value, options);
  display({ "text/html": renderHtml(table), "text/plain": renderTerminal(table, { colour: false }).trimEnd() });
}
