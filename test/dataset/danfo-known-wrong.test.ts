// Faults of danfojs 1.2.0 that kernel-lib works around. Each is pinned as it is: when an upgrade repairs one, its test fails and the
// workaround can go.
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";

const { DataFrame, Series } = createRequire(new URL("../../kernel-lib/package.json", import.meta.url))(
  "danfojs-node",
) as typeof import("danfojs-node");

describe("danfojs 1.2.0, known wrong and not relied on", () => {
  it("merges groups whose string keys contain the joining dash", () => {
    const frame = new DataFrame({ a: ["x-1", "x"], b: ["y", "1-y"], n: [1, 2] });
    expect(frame.groupby(["a", "b"]).col(["n"]).sum().shape[0]).toBe(1);
  });

  it("takes its columns from the first row only", () => {
    expect(new DataFrame([{ a: 1 }, { a: 2, b: 3 }]).columns).toEqual(["a"]);
  });

  it("leaves NaN in the way of sorting", () => {
    const sorted = new DataFrame({ n: [3, Number.NaN, 1] }).sortValues("n") as InstanceType<typeof DataFrame>;
    expect(sorted.column("n").values).toEqual([3, Number.NaN, 1]);
  });

  it("throws on the mean of an empty series", () => {
    expect(() => new Series([]).mean()).toThrow();
  });
});
