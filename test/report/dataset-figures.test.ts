// Figures of a data set: each is valid Plotly and keeps its specification; the example's words were written for this test.
import { describe, expect, it } from "vitest";
import {
  countRoots,
  domainLeakage,
  domainWords,
  labelBalance,
  measureRound,
  noveltyHistogram,
  seedOffspring,
  type Triple,
} from "../../kernel-lib/src/dataset/index.js";
import {
  type Figure,
  labelsFigure,
  leakageFigure,
  noveltyFigure,
  offspringFigure,
  passagesFigure,
  roundNumbers,
  roundsFigure,
  similarityFigure,
  verbSunbursts,
} from "../../kernel-lib/src/report/index.js";
import { openJsdomRenderer } from "../../kernel-lib/src/report/jsdom-renderer.js";
import { plotlyValidator } from "./plotly-validator.js";

const row = (number: number, instruction: string, output: string): Triple => ({
  id: `task-${number}`,
  instruction,
  input: "The kidney filters the blood.",
  output,
  lineage: { seedIds: [`bio-00${1 + (number % 2)}`], instructionId: null, passageIds: [], round: 1 },
});
const triples = [
  row(1, "Name the organ in the text.", "kidney"),
  row(2, "List the tissues <b>here</b>.", "blood"),
  row(3, "Is the organ named? Answer yes or no.", "yes"),
  row(4, "Write a bond of the company.", "dividend of the bond"),
  row(5, "Does blood flow? Answer yes or no.", "yes"),
];
const repeat = (text: string): string[] => Array.from({ length: 60 }, () => text);
const words = domainWords({
  biomedicine: { seeds: repeat("kidney blood organ tissue") },
  finance: { seeds: repeat("bond company dividend stock") },
});
const roots = countRoots(triples.map(({ instruction }) => instruction));
const leakage = domainLeakage({ triples, words, domain: "biomedicine", foreignDomain: "finance" });
const uses = [0, 0.1, 0.35, 0.5];
const none = { ...leakage, leaked: 0, share: 0, words: [], examples: [] };

const figures: { name: string; figure: Figure }[] = [
  {
    name: "verbs",
    figure: verbSunbursts([
      { label: "general", roots: countRoots(["Write a poem."]) },
      { label: "special", roots },
    ]),
  },
  {
    name: "novelty",
    figure: noveltyFigure(
      noveltyHistogram({
        instructions: [{ novelty: { nearestId: "a", score: 0.31 } }],
        rejections: [{ rule: "near-duplicate", score: 0.92, threshold: 0.7 }],
      }),
    ),
  },
  { name: "similarity", figure: similarityFigure([{ label: "instructions", rows: [{ id: "a", nearestId: "b", score: 0.4 }] }]) },
  { name: "labels", figure: labelsFigure(labelBalance(triples)) },
  { name: "leakage", figure: leakageFigure([leakage, none]) },
  { name: "offspring", figure: offspringFigure(seedOffspring({ triples, seedIds: ["bio-001", "bio-002", "bio-003"] })) },
  { name: "passages", figure: passagesFigure([{ label: "shown", uses }]) },
  { name: "rounds", figure: roundsFigure([{ label: "round 1", measures: measureRound(triples) }]) },
];

describe("figures of a data set", () => {
  const problemsOf = plotlyValidator();

  it.each(figures)("$name is valid Plotly", ({ figure }) => {
    expect(problemsOf(figure)).toEqual([]);
  });

  it.each(figures)("$name keeps its specification", async ({ name, figure }) => {
    await expect(`${JSON.stringify(roundNumbers(figure as never), null, 1)}\n`).toMatchFileSnapshot(
      `figures/dataset-${name}.json.snap`,
    );
  });

  it("are drawn without a browser, but for the sunburst, which is refused by name", async () => {
    const renderer = await openJsdomRenderer();
    try {
      for (const { name, figure } of figures) {
        const drawing = renderer.draw(figure, 1);
        if (name === "verbs") await expect(drawing).rejects.toThrow(/"sunburst" trace and no Chromium/);
        else expect((await drawing).png.length).toBeGreaterThan(5_000);
      }
    } finally {
      await renderer.close();
    }
  });

  it("of 100,000 rows are no larger than those of a hundred", () => {
    const size = (rows: number): number => {
      const scores = Array.from({ length: rows }, (_, index) => ({
        id: `task-${index}`,
        nearestId: null,
        score: (index % 97) / 97,
      }));
      return JSON.stringify(similarityFigure([{ label: "instructions", rows: scores }])).length;
    };
    expect(size(100_000)).toBeLessThan(1.1 * size(100));
  });
});
