import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { type DatasetCardOptions, datasetCard, summarise } from "../../kernel-lib/src/dataset/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

const triple = (id: string, output: string) => ({
  id,
  instruction: "Name the organ.",
  input: "",
  output,
  lineage: { seedIds: [], instructionId: id, passageIds: [], round: 1 },
});
const options: DatasetCardOptions = {
  title: 'Organs: a "small" set',
  date: "2026-11-23T10:00:00Z",
  licence: "apache-2.0",
  domains: ["biomedicine"],
  description: "Questions about organs.",
  summary: summarise([triple("a", "liver"), triple("b", "liver | spleen"), triple("c", "liver")]),
  ledgers: [{ stage: "instructions", in: 9, kept: 3, rejected: { "cut-off": 1, "near-duplicate": 4 }, failed: 1 }],
  model: { name: "tiny", licence: "Apache-2.0", sha256: "abc" },
  corpus: { name: "words", licence: "free", passages: 12, fingerprint: "def" },
  prompts: [{ name: "instructions-v1", sha256: "0123" }],
  sampling: { instructions: { temperature: 0.6, topP: 0.95 } },
  seeds: { count: 80, licence: "Apache-2.0", sha256: "fed", runSeed: 7 },
  files: [{ name: "triples.jsonl.gz", content: "the rows", sha256: "aa" }],
  flaws: ["Half of the answers are wrong."],
  command: "npm run selfspec -- run biomedicine",
};

/** The front matter between its two lines. */
const frontMatter = (card: string): string => /^---\n([\s\S]*?)\n---\n/.exec(card)![1]!;

function hasYaml(): boolean {
  try {
    execFileSync(process.env.SELFSPEC_PYTHON ?? "python3", ["-c", "import yaml"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("a data set's card", () => {
  const card = datasetCard(options);

  it("counts rows, rules and labels, and names model, corpus, prompts, sampling, seeds, flaws and command", () => {
    for (const part of [
      "3 rows, 0 of them with an input",
      "| instructions | 9 | 3 | 4 near-duplicate, 1 cut-off | 1 |",
      "| liver | 2 | 66.7 % |",
      "| model | tiny | Apache-2.0 | abc |",
      "| corpus (12 passages) | words | free | def |",
      "| instructions-v1 | 0123 |",
      "| instructions | temperature 0.6, topP 0.95 |",
      "Run seed 7.",
      "- Half of the answers are wrong.",
      "npm run selfspec -- run biomedicine",
      "Made on 2026-11-23.",
    ])
      expect(card).toContain(part);
  });

  it("says so where no passage was shown", () => {
    expect(datasetCard({ ...options, corpus: null })).toContain("No passage of a corpus was shown");
  });

  it("opens with the front matter that Hugging Face asks for", () => {
    expect(frontMatter(card).split("\n")).toEqual([
      'license: "apache-2.0"',
      'pretty_name: "Organs: a \\"small\\" set"',
      "language:",
      "- en",
      "task_categories:",
      "- text-generation",
      "size_categories:",
      '- "n<1K"',
      "tags:",
      '- "synthetic"',
      '- "self-specialization"',
      '- "biomedicine"',
    ]);
  });

  it.skipIf(!hasYaml())("has front matter that PyYAML reads (skipped without it)", () => {
    const code = "import json, sys, yaml\nprint(json.dumps(yaml.safe_load(sys.stdin.read())))";
    const python = process.env.SELFSPEC_PYTHON ?? "python3";
    const read = JSON.parse(execFileSync(python, ["-c", code], { input: frontMatter(card), encoding: "utf8" }));
    expect(read).toMatchObject({ pretty_name: 'Organs: a "small" set', size_categories: ["n<1K"], license: "apache-2.0" });
  });

  it("is refused without a known flaw or with a date that is none", () => {
    expect(() => datasetCard({ ...options, flaws: [] })).toThrow(InputError);
    expect(() => datasetCard({ ...options, date: "23.11.2026" })).toThrow(/card date "23\.11\.2026"; allowed: an ISO date/);
  });
});
