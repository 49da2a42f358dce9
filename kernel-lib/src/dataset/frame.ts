// Danfo frames, for looking at rows in a notebook. danfojs 1.2 shifts rows of unequal keys and turns nested values into text without a
// word, so the frame is made here column by column; compute and store without it.
import { createRequire } from "node:module";
import type { DataFrame } from "danfojs-node";
import { InputError } from "../runtime/index.js";

export type Cell = string | number | boolean | null;

/** Columns in the order in which keys first appear; absent and undefined values become null. @throws InputError for nested values. */
export function toColumns(rows: readonly Readonly<Record<string, unknown>>[]): Record<string, Cell[]> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cellOf = (value: unknown, row: number, name: string): Cell => {
    if (value === undefined || value === null) return null;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    throw new InputError({
      got: `row ${row + 1} has a nested value in column "${name}"`,
      allowed: "text, numbers, booleans and null",
      todo: "spread it into columns of its own first",
    });
  };
  return Object.fromEntries(names.map((name) => [name, rows.map((row, index) => cellOf(row[name], index, name))]));
}

/** A data frame of flat rows. danfojs is loaded on the first call (about a second; TensorFlow.js prints its banner then). */
export function toFrame(rows: readonly Readonly<Record<string, unknown>>[]): DataFrame {
  const danfo = createRequire(import.meta.url)("danfojs-node") as typeof import("danfojs-node");
  return new danfo.DataFrame(rows.length === 0 ? [] : toColumns(rows));
}
