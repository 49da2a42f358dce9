// Figures and tables of the LoRA notebook, from made-up numbers.
import { describe, expect, it } from "vitest";
import type { Table } from "../../kernel-lib/src/report/index.js";
import {
  ablationFigure,
  ablationTable,
  baseLossOf,
  formsTable,
  heldOutTable,
  nextTokens,
  settingsTable,
  trainingCurves,
} from "../../kernel-lib/src/report/index.js";
import { plotlyValidator } from "./plotly-validator.js";

const steps = [1, 2, 3].map((step) => ({
  ...{ step, epoch: step / 3, loss: 3 / step, learningRate: 1e-3 / step, gradientNorm: 2, tokens: 100, targetTokens: 20 },
  ...{ paddingShare: 0.1, seconds: 0.5, tokensPerSecond: 200 + step, residentBytes: 1e9 },
}));
const evaluations = [{ step: 3, epoch: 1, loss: 1.8, best: true, seconds: 0.2 }];
const ablation = [
  { rank: 2, targets: "a", parameters: 10, heldOutLoss: 2 },
  { rank: 2, targets: "a", parameters: 10, heldOutLoss: 2.2 },
  { rank: 8, targets: "a", parameters: 40, heldOutLoss: 1.8 },
  { rank: 2, targets: "b", parameters: 20, heldOutLoss: 1.9 },
];
const figures = {
  nextTokens: nextTokens({ prompt: "x-001", steps: 3, tokens: [{ text: " <b>", before: 0.1, after: 0.6 }] }),
  trainingCurves: trainingCurves({ steps, evaluations, baseLoss: 2.5, about: "example" }),
  ablation: ablationFigure({ rows: ablation, baseLoss: 2.5, about: "example" }),
};

const cell = (table: Table, row: number, label: string): string =>
  table.rows[row]![table.columns.findIndex((column) => column.label === label)]!.text;

describe("LoRA figures", () => {
  const problemsOf = plotlyValidator();

  it.each(Object.entries(figures))("%s is valid Plotly", (_, figure) => {
    expect(problemsOf(figure)).toEqual([]);
  });

  it("write tokens so that blanks are seen and tags are not read", () => {
    expect(figures.nextTokens.data.map(({ y }) => y)).toEqual([['"␣&lt;b&gt;"'], ['"␣&lt;b&gt;"']]);
  });

  it("begin the held-out curve at the base", () => {
    expect(figures.trainingCurves.data.find(({ name }) => name === "held-out rows")).toMatchObject({ x: [0, 3], y: [2.5, 1.8] });
  });

  it("draw a line through the mean of each rank and a dot a training", () => {
    const [line, dots] = figures.ablation.data;
    expect(line).toMatchObject({ name: "a", x: ["rank 2", "rank 8"], y: [2.1, 1.8] });
    expect(dots).toMatchObject({ x: ["rank 2", "rank 2", "rank 8"], y: [2, 2.2, 1.8] });
  });
});

describe("LoRA tables", () => {
  const losses = { before: { losses: [2, 4] }, after: { losses: [1, 4.5] }, targetTokens: [3, 1] };

  it("weigh held-out rows by their tokens and pair them", () => {
    expect(baseLossOf(losses)).toBe(2.5);
    const table = heldOutTable(losses);
    expect(cell(table, 0, "difference")).toMatch(/^-0\.625 \[-1\.000, 0\.500\]$/);
    expect(cell(table, 0, "rows that got better")).toBe("1 of 2");
  });

  it("give an ablation's mean and range by combination", () => {
    const table = ablationTable(ablation, 2.5);
    expect(table.rows).toHaveLength(3);
    expect([cell(table, 0, "held-out loss"), cell(table, 0, "range"), cell(table, 0, "trainings")]).toEqual([
      "2.100",
      "2.000–2.200",
      "2",
    ]);
  });

  it("keep a refused setting with its reason", () => {
    const measured = { tokensPerSecond: 300, weightBytes: 2e8, predictedBytes: 5e8, grownBytes: 4e8, load: 1.26 };
    const setting = { backend: "tensorflow", precision: "bfloat16", residency: "resident" };
    const table = settingsTable(
      [
        { ...setting, measured },
        { ...setting, refusal: "no such unit" },
      ],
      "example",
    );
    expect(cell(table, 0, "seen / predicted")).toBe("0.80");
    expect(cell(table, 1, "speed")).toBe("refused: no such unit");
  });

  it("show small differences of forms with two digits", () => {
    const table = formsTable([{ form: "merged", worst: 0.0000801, mean: 0, sameFirst: 9, positions: 10 }]);
    expect([cell(table, 0, "largest difference"), cell(table, 0, "same likeliest token")]).toEqual(["0.000080", "9 of 10"]);
  });
});
