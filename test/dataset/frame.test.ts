import { describe, expect, it } from "vitest";
import { toColumns, toFrame } from "../../kernel-lib/src/dataset/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

const rows = [
  { id: "a", score: 1.5 },
  { id: "b", note: 'x,"y"\nz', kept: true },
  { id: "c", score: undefined, note: null },
];

describe("frames", () => {
  it("take the union of all columns and make absent values null", () => {
    expect(toColumns(rows)).toEqual({
      id: ["a", "b", "c"],
      score: [1.5, null, null],
      note: [null, 'x,"y"\nz', null],
      kept: [null, true, null],
    });
  });

  it("show in Danfo exactly what went in, row by row", () => {
    const frame = toFrame(rows);
    expect(frame.columns).toEqual(["id", "score", "note", "kept"]);
    expect(frame.values).toEqual([
      ["a", 1.5, null, null],
      ["b", null, 'x,"y"\nz', true],
      ["c", null, null, null],
    ]);
  });

  it("refuse nested values, naming row and column", () => {
    expect(() => toColumns([{ id: "a" }, { id: "b", usage: { tokens: 1 } }])).toThrow(InputError);
    expect(() => toColumns([{ id: "a" }, { id: "b", usage: { tokens: 1 } }])).toThrow(
      /row 2 has a nested value in column "usage"/,
    );
  });

  it("can be empty", () => {
    expect(toFrame([]).shape[0]).toBe(0);
  });
});
