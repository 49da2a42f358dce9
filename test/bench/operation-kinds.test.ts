import { expect, it } from "vitest";
import { kindOf, kindShares, operationsOfProduct, productShare } from "../../kernel-lib/src/bench/operation-kinds.js";
import type { StepProfile } from "../../kernel-lib/src/lora/index.js";

const product = { batch: 1, rows: 2, inner: 3, columns: 4, transposeA: false, transposeB: true, precision: "float32" } as const;
const profile: StepProfile = {
  steps: 2,
  seconds: 10,
  optimiserSeconds: 0.5,
  operations: [
    { name: "MatMul", product, calls: 4, seconds: 5 },
    { name: "BatchMatMulV2", product: { ...product, batch: 6 }, calls: 2, seconds: 1 },
    { name: "SelfspecGate", calls: 2, seconds: 1 },
    { name: "Cast", calls: 8, seconds: 0.5 },
    { name: "upload", calls: 2, seconds: 0.25 },
    { name: "Mul", calls: 2, seconds: 0.25 },
  ],
};

it("the kinds of a step add up to it, and what no operation took is JavaScript", () => {
  const shares = kindShares(profile);
  expect(Object.fromEntries(shares.map(({ kind, share }) => [kind, share]))).toEqual({
    "matrix products": 0.5,
    "attention products": 0.1,
    "fused kernels": 0.1,
    casts: 0.05,
    "data movement": 0.025,
    "elementwise and reductions": 0.025,
    optimiser: 0.05,
    "other JavaScript": expect.closeTo(0.15, 12),
  });
  expect(shares[0]).toMatchObject({ seconds: 2.5, calls: 2 });
  expect(productShare(shares)).toBeCloseTo(0.6, 12);
});

it("an optimiser that was slower alone than all JavaScript takes no more than there is", () => {
  const shares = kindShares({ ...profile, optimiserSeconds: 5 });
  expect(shares.slice(-2).map(({ share }) => share)).toEqual([0.2, 0]);
});

it("a product counts a multiplication and an addition for each of its terms", () => {
  expect(operationsOfProduct({ ...product, batch: 5 })).toBe(2 * 5 * 2 * 3 * 4);
});

it.each([
  ["SelfspecRmsNorm", "fused kernels"],
  ["Transpose", "data movement"],
  ["free", "data movement"],
  ["Softmax", "elementwise and reductions"],
])("%s is one of the %s", (name, kind) => {
  expect(kindOf({ name })).toBe(kind);
});

it("products with a batch of heads are attention's, on tile registers too", () => {
  expect(kindOf({ name: "SelfspecMatMul", product })).toBe("matrix products");
  expect(kindOf({ name: "SelfspecMatMul", product: { ...product, batch: 6 } })).toBe("attention products");
  expect(kindOf({ name: "BatchMatMulV2", product })).toBe("attention products");
});
