import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Figure,
  findChromium,
  loadPaperTables,
  lossCurve,
  openRenderer,
  renderFigure,
  roundNumbers,
  runFigures,
  runningMean,
  scoresBesidePaper,
  scoresOverShots,
  stableIds,
} from "../../kernel-lib/src/report/index.js";
import { openJsdomRenderer } from "../../kernel-lib/src/report/jsdom-renderer.js";
import { InputError, sha256 } from "../../kernel-lib/src/runtime/index.js";
import { exampleRun } from "./example-run.js";
import { plotlyValidator } from "./plotly-validator.js";

const figures = runFigures(exampleRun);
const scratch = (): string => mkdtempSync(join(tmpdir(), "figures-"));
const chromium = findChromium();

/** Width and height as a PNG's header says them. */
const pngSize = (png: Uint8Array): [number, number] => {
  const view = Buffer.from(png);
  return [view.readUInt32BE(16), view.readUInt32BE(20)];
};

describe("figure specifications", () => {
  const problemsOf = plotlyValidator();

  it.each(figures)("$name is valid Plotly", ({ figure }) => {
    expect(problemsOf(figure)).toEqual([]);
  });

  it("that are misspelt are caught by that check", () => {
    const { data, layout } = lossCurve(exampleRun.trainingLogs);
    expect(problemsOf({ data, layout: { ...layout, titel: "x" } })).toHaveLength(1);
  });

  it.each(figures)("$name keeps its specification", async ({ name, figure }) => {
    await expect(`${JSON.stringify(roundNumbers(figure as never), null, 1)}\n`).toMatchFileSnapshot(`figures/${name}.json.snap`);
  });

  it("label the paper's side, and say so where the paper has no numbers for the domain", () => {
    const text = (figure: Figure): string => JSON.stringify(figure);
    expect(text(scoresBesidePaper(exampleRun, loadPaperTables()))).toContain("NCBI, k = 5†");
    const finance = { ...exampleRun, meta: { ...exampleRun.meta, domain: "finance" } };
    const besides = text(scoresBesidePaper(finance, loadPaperTables()));
    expect(besides).toContain("no numbers known");
    expect(besides).not.toContain("MPT-30B");
  });

  it("draw one deviation over draws a point where there are draws, and intervals over items where there are none", () => {
    const bars = (figure: Figure) => figure.data.map(({ error_y }) => error_y as { array: number[] });
    expect(bars(scoresOverShots(exampleRun))[1]!.array).toEqual([4, 4]);
    const scores = exampleRun.scores.map((row) => (row.k === 1 ? { ...row, draws: [10, 20, 30] } : row));
    const drawn = scoresOverShots({ ...exampleRun, scores });
    expect(bars(drawn)[1]!.array).toEqual([null, 10]);
    expect(drawn.data[1]!.y).toEqual([18.6, 20]);
    expect(JSON.stringify(drawn.layout)).toContain("standard deviation over draws");
  });

  it("beside the paper show the largest k and the averages where tasks are many", () => {
    const ids = Array.from({ length: 8 }, (_, index) => `task-${index}`);
    const scores = ids.flatMap((taskId) =>
      exampleRun.scores.filter((row) => row.taskId === "pubmedqa").map((row) => ({ ...row, taskId })),
    );
    const averages = exampleRun.scores
      .filter((row) => row.taskId === "pubmedqa")
      .map((row) => ({ ...row, taskId: "average", metric: "main" }));
    const figure = scoresBesidePaper({ ...exampleRun, origins: {}, scores: [...scores, ...averages] }, loadPaperTables());
    expect(figure.data[1]!.customdata).toEqual([...ids.map((id) => `${id}, k = 1`), "average, k = 0", "average, k = 1"]);
  });

  it("beside the paper show n, intervals and both dots of a row, and what is not shown to hold as hollow", () => {
    const { data, layout } = scoresBesidePaper(exampleRun, loadPaperTables());
    const [, base, tuned] = data as [
      unknown,
      ...Record<"x" | "y" | "error_x" | "marker", { array: number[]; color: string[] }>[],
    ];
    expect(base!.error_x.array).toEqual([4, 4, 4, 4]);
    expect(base!.y).not.toEqual(tuned!.y);
    expect(tuned!.marker.color.map((colour) => colour === "#ffffff")).toEqual([false, true, true, false]);
    expect(JSON.stringify(layout)).toContain("token-f1, n = 40");
    expect(data.map(({ name }) => name)).toContain("change not shown to hold");
    const held = exampleRun.differences.map((row) => ({ ...row, ci: [1, 9] as [number, number], pHolm: 0.01 }));
    const all = scoresBesidePaper({ ...exampleRun, differences: held }, loadPaperTables());
    expect(JSON.stringify(all)).not.toMatch(/hollow|not shown to hold/i);
  });

  it("round to six digits and turn non-finite numbers into gaps", () => {
    expect(roundNumbers({ a: [1.23456789, Number.NaN], b: "1.23456789" })).toEqual({ a: [1.23457, null], b: "1.23456789" });
  });

  it("smooth a constant to itself", () => {
    expect(runningMean([3, 3, 3], 5).every((value) => Math.abs(value - 3) < 1e-12)).toBe(true);
  });
});

describe("drawing", () => {
  it("replaces Plotly's random ids by ones derived from the name", () => {
    const svg = '<defs id="defs-5f47d8"></defs><g clip-path="url(#clip5f47d8xy)"/>';
    expect(stableIds(svg, "a")).not.toContain("5f47d8");
    expect(stableIds(svg, "a")).not.toBe(stableIds(svg, "b"));
  });

  it("by jsdom and resvg says its name, draws every figure of a run and gives the same bytes twice", async () => {
    const renderer = await openJsdomRenderer();
    expect(renderer.name).toBe("jsdom+resvg");
    for (const { name, figure } of figures) {
      const first = await renderFigure({ name, figure, directory: scratch(), renderer });
      const second = await renderFigure({ name, figure, directory: scratch(), renderer, pngScale: 0.25 });
      expect(sha256(first.svg)).toBe(sha256(second.svg));
      expect(pngSize(readFileSync(first.files.png))).toEqual([1800, Number(figure.layout.height) * 2]);
      expect(first.png.length).toBeGreaterThan(10_000);
    }
    await renderer.close();
  }, 120_000);

  it("by jsdom refuses a trace it cannot draw, by name", async () => {
    const renderer = await openJsdomRenderer();
    const figure: Figure = { data: [{ type: "heatmap", z: [[1]] }], layout: { width: 300, height: 200 } };
    await expect(renderer.draw(figure, 1)).rejects.toThrow(/"heatmap"/);
    await renderer.close();
  });

  it.skipIf(!chromium)(
    "by Chromium (skipped without one) gives the same bytes in two browsers",
    async () => {
      const draw = async () => {
        const renderer = await openRenderer();
        const { name, figure } = figures[0]!;
        const drawn = await renderFigure({ name, figure, directory: scratch(), renderer });
        await renderer.close();
        return {
          renderer: renderer.name,
          svg: sha256(drawn.svg),
          png: sha256(drawn.png),
          size: pngSize(drawn.png),
          bytes: drawn.png.length,
        };
      };
      const [first, second] = [await draw(), await draw()];
      expect(first).toEqual(second);
      expect(first).toMatchObject({ renderer: "chromium", size: [1800, 920] });
      expect(first.bytes).toBeGreaterThan(10_000);
    },
    60_000,
  );

  it("refuses a file name that is not kebab-case", async () => {
    await expect(renderFigure({ name: "../x", figure: figures[0]!.figure, directory: scratch() })).rejects.toThrow(InputError);
  });
});

describe("finding Chromium", () => {
  it("takes SELFSPEC_CHROMIUM, none when it says none, and refuses a path that cannot run", () => {
    expect(findChromium({ SELFSPEC_CHROMIUM: process.execPath })).toBe(process.execPath);
    expect(findChromium({ SELFSPEC_CHROMIUM: "none", PATH: process.env.PATH })).toBeUndefined();
    expect(() => findChromium({ SELFSPEC_CHROMIUM: "/does/not/exist" })).toThrow(InputError);
  });
});
