import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareRounds,
  demonstrationSimilarity,
  domainLeakage,
  domainWords,
  entropyBits,
  gini,
  histogram,
  labelBalance,
  lengthHistograms,
  measureRound,
  noveltyHistogram,
  seedOffspring,
  type Triple,
  toColumns,
} from "../../kernel-lib/src/dataset/index.js";

const row = (id: string, instruction: string, output: string, input = "", seedIds: string[] = []): Triple => ({
  id,
  instruction,
  input,
  output,
  lineage: { seedIds, instructionId: id, passageIds: [], round: 1 },
});

describe("concentration", () => {
  it("is 0 for equal shares and greatest where one has everything", () => {
    expect([gini([3, 3, 3]), gini([0, 0, 12]), gini([0, 0]), gini([])]).toEqual([0, 1 - 1 / 3, 0, 0]);
    expect([entropyBits([1, 1, 1, 1]), entropyBits([5, 0]), entropyBits([])]).toEqual([2, 0, 0]);
  });

  it("as Gini is the mean absolute difference over twice the mean", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 12 }), (counts) => {
        const total = counts.reduce((sum, count) => sum + count, 0);
        fc.pre(total > 0);
        const differences = counts.flatMap((a) => counts.map((b) => Math.abs(a - b))).reduce((sum, value) => sum + value, 0);
        expect(gini(counts)).toBeCloseTo(differences / (2 * counts.length * total), 9);
      }),
    );
  });
});

describe("histograms", () => {
  it("hold every value once, edges in the bin they begin and the end in the last", () => {
    const counted = histogram([0, 0.05, 0.15, 0.7, 1, 1.2], { from: 0, to: 1, bins: 20 }).filter(({ rows }) => rows > 0);
    expect(counted.map(({ from, rows }) => [from, rows])).toEqual([
      [0, 1],
      [0.05, 1],
      [0.15, 1],
      [0.7, 1],
      [0.95, 2],
    ]);
  });

  it("of lengths leave empty inputs out and keep one runaway row from squeezing the rest", () => {
    const triples = Array.from({ length: 300 }, (_, i) =>
      row(`t${i}`, "Name the organ here.", i === 7 ? "word ".repeat(900) : "liver"),
    );
    const bins = lengthHistograms(triples, { bins: 4 });
    const of = (part: string) => bins.filter((bin) => bin.part === part);
    expect(of("input").reduce((sum, { rows }) => sum + rows, 0)).toBe(0);
    expect(of("output").map(({ to, rows }) => [to, rows])).toEqual([
      [1, 0],
      [2, 299],
      [3, 0],
      [4, 1],
    ]);
  });

  it("of novelty show kept rows and near-duplicates apart, with the threshold that parted them", () => {
    const { threshold, rows } = noveltyHistogram({
      instructions: [{ novelty: { nearestId: "a", score: 0.31 } }, { novelty: { nearestId: null, score: 0 } }],
      rejections: [{ rule: "near-duplicate", score: 0.92, threshold: 0.7 }, { rule: "statement" }],
    });
    expect(threshold).toBe(0.7);
    expect(rows.filter(({ kept, rejected }) => kept + rejected > 0)).toEqual([
      { from: 0, to: 0.05, kept: 1, rejected: 0 },
      { from: 0.3, to: 0.35, kept: 1, rejected: 0 },
      { from: 0.9, to: 0.95, kept: 0, rejected: 1 },
    ]);
    expect(Object.keys(toColumns(rows))).toEqual(["from", "to", "kept", "rejected"]);
  });
});

describe("similarity to demonstrations", () => {
  it("is ROUGE-L to the nearest of the row's own demonstrations", () => {
    const texts = new Map([
      ["bio-001", "name the organ"],
      ["bio-002", "name the drug of the note"],
      ["bio-003", "name the drug"],
    ]);
    expect(
      demonstrationSimilarity({ rows: [{ id: "a", text: "name the drug", demoIds: ["bio-001", "bio-002"] }], texts }),
    ).toEqual([{ id: "a", nearestId: "bio-001", score: 2 / 3 }]);
  });

  it("is 0 without known demonstrations", () => {
    expect(demonstrationSimilarity({ rows: [{ id: "a", text: "x", demoIds: ["gone"] }], texts: new Map() })).toEqual([
      { id: "a", nearestId: null, score: 0 },
    ]);
  });
});

describe("label balance", () => {
  it("counts short answers that are offered or shared, and no written ones", () => {
    const balance = labelBalance([
      row("a", "Is it so? yes or no", "Yes."),
      row("b", "Is it true? yes or no", "yes"),
      row("c", "Is it right? yes or no", "no"),
      row("d", "Name the organ.", "liver"),
      row("e", "Explain it.", "It is a long answer of many words."),
    ]);
    expect(balance.rows).toEqual([
      { label: "yes", rows: 2, share: 2 / 3 },
      { label: "no", rows: 1, share: 1 / 3 },
    ]);
    expect(balance.topShare).toBeCloseTo(2 / 3);
    expect(balance.entropy).toBeCloseTo(0.9183, 4);
    expect(balance.labelled).toBe(3);
  });

  it("of nothing has no label and full evenness", () => {
    expect(labelBalance([])).toEqual({ rows: [], labelled: 0, entropy: 0, evenness: 1, topShare: 0 });
  });
});

describe("offspring", () => {
  it("lists every seed, the childless too, and counts a row once a seed", () => {
    const triples = [row("a", "i", "o", "", ["s1", "s2", "s1"]), row("b", "i", "o", "", ["s1", "task-0001"])];
    expect(seedOffspring({ triples, seedIds: ["s1", "s2", "s3"] })).toEqual({
      rows: [
        { seedId: "s1", rows: 2 },
        { seedId: "s2", rows: 1 },
        { seedId: "s3", rows: 0 },
      ],
      gini: gini([2, 1, 0]),
      childless: 1,
    });
  });
});

describe("domain leakage", () => {
  const words = domainWords({
    biomedicine: {
      seeds: Array.from({ length: 60 }, () => "the tumour of the patient spread, a drug helped the patient in may"),
    },
    finance: {
      seeds: Array.from({ length: 60 }, () => "the bond of the company fell, a dividend helped the company"),
      definitions: Array.from({ length: 60 }, () => "debenture: a certificate that may spread"),
    },
  });

  it("learns each domain's words from its seeds and defined terms, not what both use and not the language of definitions", () => {
    expect([...words.get("finance")!.keys()].sort()).toEqual(["bond", "company", "debenture", "dividend", "fell"]);
    expect([...words.get("biomedicine")!.keys()].sort()).toEqual(["drug", "patient", "tumour"]);
  });

  it("is a row with at least two foreign words and more of them than of its own", () => {
    const triples = [
      row("leak", "Rate the bond of the company.", "dividend"),
      row("mixed", "Does the drug help the patient with the tumour of the bond company?", "no"),
      row("own", "Name the drug.", "tumour"),
      row("one", "Name the bond.", "x"),
    ];
    const leakage = domainLeakage({ triples, words, domain: "biomedicine", foreignDomain: "finance" });
    expect(leakage).toMatchObject({ share: 0.25, leaked: 1, of: 4, touchedShare: 0.75 });
    expect(leakage.examples).toEqual([{ id: "leak", words: expect.stringContaining("bond"), foreign: 3, own: 0 }]);
    expect(leakage.words.map(({ rows }) => rows)).toEqual([1, 1, 1]);
  });

  it("of no rows is none", () => {
    expect(domainLeakage({ triples: [], words, domain: "finance", foreignDomain: "biomedicine" }).share).toBe(0);
  });
});

describe("two rounds", () => {
  const before = [row("a", "Is it?", "yes"), row("b", "What is it?", "a small red organ"), row("c", "Who?", "nobody")];

  it("that answer alike do not drift", () => {
    expect(compareRounds(before, before)).toMatchObject({ common: 3, changedShare: 0, meanRougeL: 1 });
  });

  it("are matched by their task, and changes of case and punctuation alone do not count", () => {
    const after = [row("z", "Is it?", "Yes."), row("y", "What is it?", "a red organ"), row("x", "New?", "yes")];
    const { common, changedShare, meanRougeL } = compareRounds(before, after);
    expect({ common, changedShare }).toEqual({ common: 2, changedShare: 0.5 });
    expect(meanRougeL).toBeCloseTo((1 + 6 / 7) / 2);
  });

  it("show a collapse as one answer, few words and many repeats", () => {
    const collapsed = measureRound(before.map((triple) => ({ ...triple, output: "yes" })));
    expect(collapsed).toMatchObject({
      topAnswerShare: 1,
      repeatedShare: 2 / 3,
      vocabulary: 1,
      distinct1: 1 / 3,
      labelEntropy: 0,
    });
    expect(measureRound(before)).toMatchObject({ topAnswerShare: 1 / 3, repeatedShare: 0, vocabulary: 6 });
  });

  it("of no rows are zeros", () => {
    expect(measureRound([])).toMatchObject({ rows: 0, topAnswerShare: 0, vocabulary: 0 });
  });
});
