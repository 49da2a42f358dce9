// One table model for terminal, Markdown, HTML and notebook: cells are finished text, so every rendering says the same thing.

export interface TableColumn {
  label: string;
  align: "left" | "right";
}

export interface TableCell {
  text: string;
  /** Set in bold, or bright on a terminal. */
  strong?: boolean;
}

export interface Table {
  title: string;
  columns: readonly TableColumn[];
  rows: readonly (readonly TableCell[])[];
  /** How many leading columns name a row; a terminal too narrow for the table repeats them in each block. Default 1. */
  keyColumns?: number;
  /** One sentence each, below the table. */
  footnotes: readonly string[];
}

/**
 * A table of plain records: the columns are the union of their keys in order of appearance, numbers are aligned right and rounded to five significant digits, a missing
 * or null value is an empty cell, nested values are shown as JSON.
 */
export function tableFromRecords(
  title: string,
  records: readonly Readonly<Record<string, unknown>>[],
  footnotes: readonly string[] = [],
): Table {
  const keys = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const text = (value: unknown): string => {
    if (value === null || value === undefined) return "";
    // Five significant digits: what a reader compares. Exact numbers are in results.json.
    if (typeof value === "number") return String(Number.isInteger(value) ? value : Number(value.toPrecision(5)));
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  };
  const isNumeric = (key: string): boolean => records.every((record) => record[key] == null || typeof record[key] === "number");
  return {
    title,
    columns: keys.map((key) => ({ label: key, align: isNumeric(key) ? "right" : "left" })),
    rows: records.map((record) => keys.map((key) => ({ text: text(record[key]) }))),
    footnotes,
  };
}
