import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { balanceLedger, describeLedger, type Rejection } from "../../kernel-lib/src/filter/index.js";
import { RunError } from "../../kernel-lib/src/runtime/index.js";

const rejection = fc
  .constantFrom("cut-off", "no-input", "near-duplicate")
  .map((rule): Rejection => ({ id: "x", stage: "s", rule, row: null }));

describe("ledger", () => {
  it("balances exactly when every row was kept, rejected or failed", () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.array(rejection),
        fc.nat(9),
        fc.integer({ min: -2, max: 2 }),
        (kept, rejections, failed, lost) => {
          const counts = { in: kept + rejections.length + failed + lost, kept, rejections, failed };
          if (lost !== 0) expect(() => balanceLedger("s", counts)).toThrow(RunError);
          else {
            const ledger = balanceLedger("s", counts);
            const rejected = Object.values(ledger.rejected).reduce((sum, count) => sum + count, 0);
            expect(ledger.in).toBe(ledger.kept + rejected + ledger.failed);
          }
        },
      ),
    );
  });

  it("reads with the commonest rule first, and leaves out what is zero", () => {
    const rejected = { "cut-off": 4, "near-duplicate": 21, "no-input": 4 };
    expect(describeLedger({ kept: 96, rejected, failed: 2 })).toBe(
      "96 kept · 29 rejected (21 near-duplicate, 4 cut-off, 4 no-input) · 2 failed",
    );
    expect(describeLedger({ kept: 3, rejected: {}, failed: 0 })).toBe("3 kept");
  });
});
