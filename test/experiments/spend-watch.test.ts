import { describe, expect, it } from "vitest";
import { watchSpending } from "../../kernel-lib/src/experiments/spend-watch.js";
import { RunError } from "../../kernel-lib/src/runtime/index.js";

const prices = { inputPerMillion: 1000, outputPerMillion: 0 };
const call = { promptTokens: 1000, completionTokens: 0 }; // 1.00

function stageAt(cap: number, { resumed }: { resumed: number }) {
  const watch = watchSpending({ prices, cap, forecast: [] });
  const tell = watch.watch(undefined);
  tell({ stage: "responses", state: "started", seconds: 0 });
  return (rows: number, total: number): void => {
    for (let row = 1; row <= rows; row++) {
      watch.record(call);
      tell({ stage: "responses", state: "running", seconds: 1, done: resumed + row, total });
    }
  };
}

describe("P9: the cap on the projected total", () => {
  it("stops once enough rows are paid, and not before", () => {
    expect(() => stageAt(50, { resumed: 0 })(9, 100)).not.toThrow();
    expect(() => stageAt(50, { resumed: 0 })(10, 100)).toThrow(RunError);
    expect(() => stageAt(101, { resumed: 0 })(40, 100)).not.toThrow();
  });

  it("prices the rest of a resumed stage by the rows of this process, not by those it found", () => {
    expect(() => stageAt(50, { resumed: 900 })(10, 1000)).toThrow("would cost about 100.00 USD, of which 10.00 USD is spent");
  });

  it("stops at once when the money itself is gone", () => {
    expect(() => stageAt(2, { resumed: 0 })(3, 3)).toThrow(RunError);
  });
});
