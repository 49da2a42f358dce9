// Rows that share a sequence are computed as if each were alone.
import { describe, expect, it } from "vitest";
import { makeBatch, type TokenRow, tokenizeRow } from "../../kernel-lib/src/lora/training/batches.js";
import { letterTokenizer } from "./tiny-model.js";
import { distance, lossesAndGradient, testedBackends, tinyTraining, total } from "./tiny-training.js";

const texts: [prompt: string, completion: string][] = [
  ["which", "this one"],
  ["what is it", "that"],
  ["a", "b"],
  ["how many", "three of them"],
];
const rows = texts.map(([prompt, completion], i) => tokenizeRow(letterTokenizer, { id: `${i}`, prompt, completion }));
const [a, b, c, d] = rows as [TokenRow, TokenRow, TokenRow, TokenRow];

describe.each(["llama", "gemma3"] as const)("%s", (architecture) => {
  it.each(testedBackends)("has the same loss and gradient packed and apart on %s", async (backend) => {
    const tiny = await tinyTraining(architecture, { backend });
    const apart = await lossesAndGradient(tiny, makeBatch(rows));
    const packed = await lossesAndGradient(
      tiny,
      makeBatch([
        [d, a],
        [b, c],
      ]),
    );
    expect(total(packed.losses)).toBeCloseTo(total(apart.losses), 4);
    expect(distance(packed.gradient, apart.gradient)).toBeLessThan(1e-5);
  });

  it.each(testedBackends)("lets no text see the one before it on %s", async (backend) => {
    const tiny = await tinyTraining(architecture, { backend });
    const other: TokenRow = { ...a, ids: a.ids.map((id) => 2 + ((id + 11) % 30)) };
    const [first, second] = [makeBatch([[a, b, c]]), makeBatch([[other, b, c]])];
    const rest = (losses: number[]): number[] => losses.slice(-(b.ids.length - b.promptTokens + c.ids.length - c.promptTokens));
    const [one, two] = [await lossesAndGradient(tiny, first), await lossesAndGradient(tiny, second)];
    expect(total(two.losses)).not.toBeCloseTo(total(one.losses), 2);
    expect(rest(two.losses)).toEqual(rest(one.losses));
  });
});
