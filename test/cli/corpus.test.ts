import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { toJsonl } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, type Environment, selfspec, startSelfspec, temporaryFolder } from "./command.js";

function file(name: string, rows: readonly unknown[] | string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, typeof rows === "string" ? rows : toJsonl(rows));
  return path;
}

interface Found {
  corpus: { passages: number; fingerprint: string };
  results: { id?: string | number; query: string; hits: { id: string; score: number; rank: number; text?: string }[] }[];
}

const cache: Environment = { SELFSPEC_CACHE: temporaryFolder() };

async function search(...args: string[]): Promise<Found> {
  const ended = await selfspec(["corpus", "search", ...args, "--json"], cache);
  expect(ended.code, ended.stderr).toBe(0);
  return JSON.parse(ended.stdout) as Found;
}

describe("corpus search", { timeout: 60_000 }, () => {
  const rows = [
    { id: "d1", text: "The liver makes bile.\n\nBile dissolves fat." },
    { id: 2, text: "Livers and hearts." },
    { id: "d1-again", text: "The liver makes bile.\n\nBile dissolves fat." },
  ];

  it("answers ids, scores and ranks of a file's rows, each one passage under its own id", async () => {
    const queries = file("queries.jsonl", [{ id: 1, query: "bile" }, { id: "q2", text: "livers" }, { query: "spleen" }]);
    const { corpus, results } = await search("--corpus", file("corpus.jsonl", rows), "--queries", queries, "--top", "5");
    expect(corpus.passages).toBe(3);
    // N 3, df 2, tf 2, |d| 7, mean 17/3.
    const score = (Math.log(1 + 1.5 / 2.5) * 2) / (2 + 1.5 * (0.25 + (0.75 * 7 * 3) / 17));
    expect(results).toEqual([
      {
        id: 1,
        query: "bile",
        hits: [
          { id: "d1", score: expect.closeTo(score, 12), rank: 1 },
          { id: "d1-again", score: expect.closeTo(score, 12), rank: 2 },
        ],
      },
      { id: "q2", query: "livers", hits: [{ id: "2", score: expect.any(Number), rank: 1 }] },
      { query: "spleen", hits: [] },
    ]);
  });

  it("cuts, stems and shows texts on demand; pieces of a row are id#1, id#2", async () => {
    const { results } = await search(
      ...["--corpus", file("corpus.jsonl", rows), "--query", "liver", "--stem", "--max-words", "10", "--text"],
    );
    expect(results[0]!.hits.map(({ id, text }) => [id, text])).toEqual([
      ["2", "Livers and hearts."],
      ["d1#1", "The liver makes bile."],
      ["d1-again#1", "The liver makes bile."],
    ]);
  });

  it.each<[string, () => string[], RegExp]>([
    ["--top 0", () => ["--query", "x", "--top", "0"], /--top 0; allowed: a whole number from 1/],
    ["no query", () => [], /no query, or both --query and --queries/],
    ["a missing corpus", () => ["--query", "x", "--corpus", "nowhere"], /corpus nowhere does not exist/],
    [
      "a line that is not JSON",
      () => ["--query", "x", "--corpus", file("bad.jsonl", '{"text":"a"}\nb')],
      /bad\.jsonl:2 is not JSON/,
    ],
  ])("refuses %s in one line", async (_, args, message) => {
    const ended = await selfspec(["corpus", "search", "--corpus", file("corpus.jsonl", rows), ...args(), "--json"], cache);
    expect(ended.code).toBe(2);
    expect(complaintOf(ended)).toMatch(message);
    expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: 2 });
  });
});

describe("corpus build", { timeout: 300_000 }, () => {
  const rows = Array.from({ length: 12_000 }, (_, index) => ({
    id: `p${index}`,
    text: `word${index % 997} in row ${index % 11_000}`,
  }));
  const build = (source: string, to: string): string[] => ["corpus", "build", source, "--to", to, "--json"];
  const versions = (to: string): number => {
    const folder = join(to, "passages.lance", "_versions");
    return existsSync(folder) ? readdirSync(folder).length : 0;
  };

  it("killed again and again while another process searches, goes on and ends with the same passages and answers", async () => {
    const source = file("corpus.jsonl", rows);
    const [to, whole] = [join(temporaryFolder(), "killed"), join(temporaryFolder(), "whole")];
    const small = file("small.jsonl", [{ id: "first", text: "word1 only" }]);
    const begun = await selfspec(build(small, to));
    expect(begun.code, begun.stderr).toBe(0);
    const before = versions(to);
    for (const commits of [1, 1]) {
      const running = startSelfspec(build(source, to));
      const target = versions(to) + commits;
      while (versions(to) < target && running.child.exitCode === null && running.child.signalCode === null) await pause(5);
      running.child.kill("SIGKILL");
      expect((await running.ended).code).toBe("SIGKILL");
      expect((await search("--corpus", to, "--query", "word1")).results[0]!.hits.map(({ id }) => id)).toEqual(["first"]);
    }
    expect(versions(to)).toBeGreaterThan(before);
    const goingOn = startSelfspec(build(source, to));
    const reading = await search("--corpus", to, "--query", "word1", "--top", "1");
    expect(reading.results[0]!.hits).toHaveLength(1);
    const ended = await goingOn.ended;
    expect(ended.code, ended.stderr).toBe(0);
    const result = JSON.parse(ended.stdout) as { passagesAdded: number; passages: number; fingerprint: string };
    expect(result.passagesAdded).toBeLessThan(rows.length);

    const once = await selfspec([...build(source, whole), small]);
    expect(JSON.parse(once.stdout)).toMatchObject({ passages: result.passages, fingerprint: result.fingerprint });
    const queries = file(
      "queries.jsonl",
      rows.slice(0, 10).map(({ text }) => ({ query: text })),
    );
    const [one, two] = [
      await search("--corpus", to, "--queries", queries),
      await search("--corpus", whole, "--queries", queries),
    ];
    expect(one.results).toEqual(two.results);
  });

  it("says what it did, and that a second time there is nothing to do", async () => {
    const source = file("few.jsonl", rows.slice(0, 10));
    const to = temporaryFolder();
    expect((await selfspec(["corpus", "build", source, "--to", to])).stdout).toMatch(
      /^10 passages in .*\nfiles: 1 added, 0 changed, 0 removed, 0 unchanged\n10 passages added, 0 left out as duplicates/,
    );
    expect((await selfspec(["corpus", "build", source, "--to", to])).stdout).toMatch(
      /0 added, 0 changed, 0 removed, 1 unchanged/,
    );
  });

  it.each<[string, string[], RegExp]>([
    ["no place", ["corpus", "build", "x.txt"], /required option '--to <place>'/],
    ["a missing source", ["corpus", "build", "nowhere", "--to", "x"], /corpus nowhere does not exist/],
    ["a number that is none", ["corpus", "build", "x", "--to", "x", "--max-words", "few"], /--max-words few; allowed: a whole/],
  ])("refuses %s", async (_, args, message) => {
    const ended = await selfspec(args);
    expect(ended.code).toBe(2);
    expect(complaintOf(ended)).toMatch(message);
  });
});
