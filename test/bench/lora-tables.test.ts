import { describe, expect, it } from "vitest";
import { bars, judge } from "../../kernel-lib/src/bench/bars.js";
import { median, rowFigures } from "../../kernel-lib/src/bench/figures.js";
import { barsTable, lossTable, speedTable, usageTable } from "../../kernel-lib/src/bench/lora-tables.js";
import type { Table } from "../../kernel-lib/src/report/index.js";
import { measurement } from "./measurements.js";

const texts = ({ rows }: Table): string[][] => rows.map((row) => row.map(({ text }) => text));

const bf16 = "4x256 bf16 kept half tensorflow";
const both = measurement(bf16, {
  tfjs: { seconds: [1, 2, 4], gibibytes: 2, firstLoss: 4.001 },
  peft: { seconds: [4, 2, 8], gibibytes: 4, firstLoss: 4 },
});

describe("the figures of a row", () => {
  it("are tokens/s of the best and the median step, and ours by theirs", () => {
    const { tfjs, peft, bestRatio, medianRatio, memoryRatio, lossDifference } = rowFigures(both);
    expect(tfjs).toMatchObject({ steps: 3, best: 1024, median: 512 });
    expect(peft).toMatchObject({ best: 512, median: 256 });
    expect([bestRatio, medianRatio, memoryRatio]).toEqual([2, 2, 0.5]);
    expect(lossDifference).toBeCloseTo(0.001, 9);
  });

  it("have no ratio where one side was not asked for or failed", () => {
    const one = measurement(bf16, { tfjs: { seconds: [1], gibibytes: 2 } });
    const failed = measurement(bf16, { tfjs: { seconds: [1], gibibytes: 2 }, peft: "the process was ended by SIGKILL" });
    for (const row of [one, failed])
      expect(rowFigures(row)).toMatchObject({ peft: undefined, bestRatio: undefined, memoryRatio: undefined });
  });

  it("take the mean of the two middle steps of an even number", () => {
    expect(median([8, 1, 2, 4])).toBe(3);
    expect(median([5])).toBe(5);
  });
});

describe("a bar", () => {
  const met = (measurements: Parameters<typeof judge>[0]) =>
    Object.fromEntries(judge(measurements).map((bar) => [`${bar.claim} ${bar.configuration}`, bar.met]));

  it("is met at its limit, and missed just past it", () => {
    expect(met([both])).toEqual({
      [`tokens/s, ours by PEFT ${bf16}`]: true,
      [`peak memory, ours by PEFT ${bf16}`]: false,
    });
  });

  it("without its figure is not measured; one of a row that did not run is left out", () => {
    const judged = judge([measurement("8x512 bf16 recompute quantised", { tfjs: { seconds: [8], gibibytes: 1 } })]);
    expect(judged.map(({ claim, met: own }) => [claim, own])).toEqual([
      ["weights in memory, 4-bit by f32", undefined],
      ["tokens/s, 4-bit by bf16 resident", undefined],
    ]);
  });

  it("of the packed base compares with the resident one", () => {
    const judged = judge([
      measurement("8x512 f32 recompute half tensorflow", { tfjs: { seconds: [20], gibibytes: 3, weightBytes: 1000 } }),
      measurement("8x512 bf16 recompute half tensorflow", { tfjs: { seconds: [8], gibibytes: 2.7 } }),
      measurement("8x512 bf16 recompute quantised", { tfjs: { seconds: [10], gibibytes: 2, weightBytes: 190 } }),
    ]);
    expect(judged.map(({ value, met: own }) => [Number(value!.toFixed(3)), own])).toEqual([
      [3, true],
      [2.7, false],
      [0.19, true],
      [0.8, true],
    ]);
  });

  it("stands in the row of a configuration that exists", () => {
    expect(bars.length).toBe(14);
    expect(new Set(bars.map(({ claim, configuration }) => claim + configuration)).size).toBe(14);
  });
});

describe("the tables", () => {
  it("show best and median, ratios, and the row's bars", () => {
    const table = speedTable("a model", [both, both], judge([both]));
    expect(texts(table)).toEqual([
      ...[1, 2].map(() => [
        bf16,
        "1024 (512)",
        "512 (256)",
        "2.00 (2.00)",
        "2.00",
        "4.00",
        "0.50",
        "≥ 2 × met, ≤ 0.45 × not met",
      ]),
    ]);
    expect(table.footnotes.slice(-2)).toEqual(["tfjs: tfjs 1.0", "peft: peft 1.0"]);
  });

  it("keep the row of a side that failed, with its reason", () => {
    const failed = measurement(bf16, { tfjs: "the process was ended by SIGKILL", peft: { seconds: [2], gibibytes: 4 } });
    const table = speedTable("a model", [failed], judge([failed]));
    expect(texts(table)[0]!.slice(0, 4)).toEqual([bf16, "– (–)", "512 (512)", "– (–)"]);
    expect(table.footnotes).toContain(`${bf16}, tfjs: the process was ended by SIGKILL`);
    expect(texts(barsTable(judge([failed]))).map((row) => row.slice(-2))).toEqual([
      ["–", "not measured"],
      ["–", "not measured"],
    ]);
  });

  it("tell which rows did not alternate", () => {
    expect(speedTable("a model", [{ ...both, alternating: false }], []).footnotes.join()).toMatch(
      /one after the other: 4x256 bf16 kept/,
    );
  });

  it("say what each side used: cores, foreign work, the kernel's share, faults a step", () => {
    expect(texts(usageTable([both]))[0]).toEqual([
      ...[bf16, "tfjs", "3", "2.00", "0.25", "25", "1.3", "0.0", "0", "0.50", "4.00"],
    ]);
  });

  it("compare the losses of the base models", () => {
    expect(texts(lossTable([both]))).toEqual([[bf16, "4.00100", "4.00000", "1.0e-3", "3.25100", "3.25000"]]);
  });
});
