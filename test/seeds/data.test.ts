// The mechanical half of the review that data/seeds/README.md describes; the other half is reading.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { countTaskKinds, loadSeeds } from "../../kernel-lib/src/seeds/index.js";

/** Task kinds that a benchmark of this project scores (or, for gene-extraction, scores as part of a larger task). */
const scoredTaskKinds = {
  biomedicine: [
    "disease-extraction",
    "anatomy-extraction",
    "cancer-genetics-extraction",
    "chemical-extraction",
    "gene-extraction",
    "yes-no-maybe-question",
    "long-answer-question",
    "drug-drug-interaction",
    "drug-sentiment",
    "cancer-hallmark",
    "factoid-question",
    "list-question",
    "yes-no-question",
  ],
  finance: [
    "entity-extraction",
    "headline-classification",
    "financial-sentiment",
    "aspect-sentiment",
    "numeric-question",
    "factoid-question",
    "list-question",
  ],
};

const sizes = { biomedicine: 80, finance: 90 };
const prefixes = { biomedicine: "bio", finance: "fin" };
const labels = {
  "yes-no-maybe-question": ["yes", "no", "maybe"],
  "yes-no-question": ["yes", "no"],
  "drug-drug-interaction": ["true", "false"],
  "drug-sentiment": ["positive", "negative", "neutral"],
  "financial-sentiment": ["positive", "negative", "neutral"],
};

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function commonSubsequence(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    for (const [j, other] of b.entries()) next.push(word === other ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!));
    row = next;
  }
  return row[b.length]!;
}

describe.each(["biomedicine", "finance"] as const)("the %s seeds", (domain) => {
  const seeds = loadSeeds({ domain });
  const scored = scoredTaskKinds[domain];

  test(`are ${sizes[domain]}, numbered in order`, () => {
    const expected = Array.from({ length: sizes[domain] }, (_, i) => `${prefixes[domain]}-${String(i + 1).padStart(3, "0")}`);
    expect(seeds.map(({ id }) => id)).toEqual(expected);
  });

  test("span 24 task kinds or more, and the list of scored kinds names only kinds that occur", () => {
    const kinds = countTaskKinds(seeds);
    expect(kinds.size).toBeGreaterThanOrEqual(24);
    expect(scored.filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  test("are to at least a quarter of kinds that no benchmark here scores", () => {
    expect(seeds.filter(({ task }) => !scored.includes(task)).length).toBeGreaterThanOrEqual(seeds.length / 4);
  });

  test("stay short enough for several to fit a small model's prompt", () => {
    const long = ({ instruction, input, output }: (typeof seeds)[number]) =>
      words(instruction).length > 35 || words(input).length > 90 || words(output).length > 60;
    expect(seeds.filter(long)).toEqual([]);
  });

  test("copy every extracted entity verbatim from the input", () => {
    const extraction = seeds.filter(({ task }) => /^(?!pico|cause|guidance).*-extraction$/.test(task));
    expect(extraction.length).toBeGreaterThanOrEqual(6);
    for (const { id, input, output } of extraction)
      if (output !== "none")
        for (const entity of output.split(", "))
          expect(input, `${id}: ${entity}`).toContain(entity.replace(/ <[A-Za-z_-]+>$/, ""));
  });

  test("use each label of a label task, none of them for more than two thirds of its rows", () => {
    for (const [task, allowed] of Object.entries(labels)) {
      const outputs = seeds.filter((seed) => seed.task === task).map(({ output }) => output);
      if (outputs.length === 0) continue;
      expect(new Set(outputs), task).toEqual(new Set(allowed));
      for (const label of allowed)
        expect(outputs.filter((output) => output === label).length / outputs.length, `${task}: ${label}`).toBeLessThanOrEqual(
          2 / 3,
        );
    }
  });

  test("have no two instructions with ROUGE-L above 0.7", () => {
    const instructions = seeds.map(({ instruction }) => words(instruction));
    const near = instructions.flatMap((a, i) =>
      instructions
        .slice(i + 1)
        .flatMap((b, j) => ((2 * commonSubsequence(a, b)) / (a.length + b.length) > 0.7 ? [[i + 1, i + j + 2]] : [])),
    );
    expect(near).toEqual([]);
  });
});

const benchmarks = join(projectRoot(), "..", "shared", "benchmarks", "raw");

/** The texts inside a zip file, read through its central directory (PKWARE APPNOTE, 4.3.12). */
function unzip(zip: Buffer): string[] {
  const texts: string[] = [];
  for (let at = zip.indexOf("PK\x01\x02"); at >= 0; at = zip.indexOf("PK\x01\x02", at + 46)) {
    const header = zip.readUInt32LE(at + 42);
    const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
    const body = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    texts.push((zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(body) : body).toString("utf8"));
  }
  return texts;
}

/** Benchmark text as words; JSON escapes are spaces, and of the column files the first column is the text. */
function benchmarkWords(path: string): string[] {
  const bytes = readFileSync(path);
  if (path.endsWith(".zip")) return unzip(bytes).flatMap(words);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  if (path.endsWith(".tsv")) return words(text.replace(/\t.*$/gm, ""));
  if (path.includes("fin-ner")) return words(text.replace(/ \S+ \S+ \S+$/gm, ""));
  return words(text.replace(/\\u[0-9a-f]{4}|\\./g, " "));
}

describe.skipIf(!existsSync(benchmarks))("against the benchmark files in ../shared (skipped where absent)", () => {
  test("no seed shares eight words in a row with a benchmark", { timeout: 120_000 }, () => {
    const owners = new Map<string, string>();
    for (const { id, instruction, input, output } of loadSeeds())
      for (const text of [instruction, input, output].map(words))
        for (let i = 0; i + 8 <= text.length; i++) owners.set(text.slice(i, i + 8).join(" "), id);
    const openings = new Set([...owners.keys()].map((gram) => gram.split(" ", 2).join(" ")));
    const files = readdirSync(benchmarks, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(20);
    const shared: string[] = [];
    for (const entry of files) {
      const text = benchmarkWords(join(entry.parentPath, entry.name));
      for (let i = 0; i + 8 <= text.length; i++) {
        if (!openings.has(`${text[i]} ${text[i + 1]}`)) continue;
        const gram = text.slice(i, i + 8).join(" ");
        if (owners.has(gram)) shared.push(`${owners.get(gram)} and ${entry.name}: ${gram}`);
      }
    }
    expect(shared).toEqual([]);
  });
});
