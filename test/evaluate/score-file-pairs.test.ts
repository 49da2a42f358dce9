import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scorePairs } from "../../kernel-lib/src/evaluate/index.js";
import { InputError, toJsonl } from "../../kernel-lib/src/runtime/index.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "pairs-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, bytes: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

const pairs = [
  { id: "a", prediction: "the liver and heart", golds: ["heart", "Liver and lung"] },
  { id: "b", prediction: "", golds: ["heart"] },
];

describe("pairs of texts", () => {
  test("give the gold answer that fits best, and means over all pairs, as fractions", async () => {
    const items: unknown[] = [];
    const path = write("pairs.jsonl", toJsonl(pairs));
    const score = await scorePairs({
      path,
      metric: "token-f1",
      onPair: (pair) => void items.push({ id: pair.id, ...pair.values() }),
    });
    expect(items).toEqual([
      { id: "a", f1: 2 / 3, precision: 2 / 3, recall: 2 / 3 },
      { id: "b", f1: 0, precision: 0, recall: 0 },
    ]);
    expect(score).toEqual({ metric: "token-f1", n: 2, value: { f1: 1 / 3, precision: 1 / 3, recall: 1 / 3 } });
  });

  test("box-f1 looks for the best part of all gold answers", async () => {
    const path = write("pairs.jsonl", toJsonl([{ id: 1, prediction: "asthma", golds: ["fever", "cold, asthma"] }]));
    expect((await scorePairs({ path, metric: "box-f1" })).value).toEqual({ f1: 1 });
  });

  test("are read from gzip, with a byte order mark, blank lines and no line break at the end", async () => {
    const text = `\uFEFF${toJsonl(pairs)}\n${JSON.stringify({ ...pairs[1], id: "c", prediction: "heart\u2028" })}`;
    const score = await scorePairs({ path: write("pairs.jsonl.gz", gzipSync(text)), metric: "exact-match" });
    expect(score).toEqual({ metric: "exact-match", n: 3, value: { exactMatch: 1 / 3 } });
  });
});

describe("a file of pairs that cannot be read", () => {
  const refusal = async (bytes: string | Uint8Array): Promise<string> => {
    const error = await scorePairs({ path: write("bad.jsonl", bytes), metric: "token-f1" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  };
  const good = toJsonl([{ id: 0, prediction: "\u00e9", golds: ["\u00e8"] }]);

  test("is refused with the line that is not UTF-8, where all accents would read alike", async () => {
    expect(await refusal(Buffer.concat([Buffer.from(good), Buffer.from(good, "latin1")]))).toMatch(/bad\.jsonl:2 is not UTF-8/);
    expect(await refusal(Buffer.from(good, "utf16le").subarray(1))).toMatch(/bad\.jsonl:1 is not/);
  });

  test("is refused with the line whose field has another type", async () => {
    expect(await refusal(`${good}{"id": null, "prediction": "x", "golds": ["x"]}`)).toMatch(
      /bad\.jsonl:2 .* id: neither a text nor a number/,
    );
  });

  test("keeps lines whole that two reads of the file share", async () => {
    const long = toJsonl(
      [1, 2, 3].map((id) => ({ id, prediction: "\u00e9".repeat(200_000), golds: ["\u00e9".repeat(200_000)] })),
    );
    expect(await scorePairs({ path: write("long.jsonl", long), metric: "token-f1" })).toMatchObject({ n: 3, value: { f1: 1 } });
  });
});

describe("pairs of tags and of labels", () => {
  test("tags without a type are entities of one nameless type", async () => {
    const path = write("tags.jsonl", toJsonl([{ id: 1, gold: ["B", "I", "O"], prediction: ["B", "I", "B"] }]));
    const { value } = await scorePairs({ path, metric: "entity-f1" });
    expect(value.micro).toEqual({ precision: 0.5, recall: 1, f1: 2 / 3, support: 1 });
    expect(Object.keys(value.perType!)).toEqual(["_"]);
  });

  test("nothing to find and nothing found is 0, not undefined", async () => {
    const tags = await scorePairs({
      path: write("t.jsonl", toJsonl([{ id: 1, gold: ["O"], prediction: ["O"] }])),
      metric: "entity-f1",
    });
    const labels = await scorePairs({
      path: write("l.jsonl", toJsonl([{ id: 1, gold: [], prediction: [] }])),
      metric: "multilabel-f1",
    });
    expect([tags.value.f1, labels.value.f1, labels.value.hammingLoss]).toEqual([0, 0, 0]);
    expect(labels.value.subsetAccuracy).toBe(1);
  });
});

describe("what cannot be scored is refused in one line", () => {
  const good = JSON.stringify(pairs[0]);
  test.each([
    ["an empty file", "token-f1", "\n\n", /p\.jsonl holds no pair/],
    ["a line that is no JSON", "token-f1", `${good}\n\n{oops`, /p\.jsonl:3 is not JSON/],
    [
      "a line of another form",
      "token-f1",
      `${good}\n{"id":"b","prediction":"x"}`,
      /p\.jsonl:2 is not a pair: golds.*"golds": \[\.\.\]/,
    ],
    ["no gold answer", "exact-match", '{"id":"b","prediction":"x","golds":[]}', /p\.jsonl:1 is not a pair: golds/],
    ["an id twice", "rouge-l", `${good}\n${good}`, /p\.jsonl:2 repeats the id "a"/],
    [
      "an unknown tag",
      "entity-f1",
      '{"id":1,"gold":["X-a"],"prediction":["O"]}',
      /p\.jsonl:1 is not a pair: gold\.0: a tag is O/,
    ],
    ["tags that do not match", "entity-f1", '{"id":1,"gold":["O"],"prediction":["O","O"]}', /p\.jsonl:1 .*number of tags/],
    ["an unknown metric", "bleu", good, /metric "bleu" of pairs; allowed: rouge-l, rouge-l-stem/],
  ])("%s", async (_, metric, text, line) => {
    const scoring = scorePairs({ path: write("p.jsonl", text), metric });
    await expect(scoring).rejects.toThrow(InputError);
    await expect(scoring).rejects.toThrow(line);
  });

  test.each([
    ["a missing file", () => join(directory, "none.jsonl"), /none\.jsonl does not exist/],
    ["a folder", () => directory, /is a folder/],
    ["no gzip file", () => write("p.jsonl.gz", good), /p\.jsonl\.gz cannot be unpacked/],
  ])("%s", async (_, path, line) => {
    const scoring = scorePairs({ path: path(), metric: "token-f1" });
    await expect(scoring).rejects.toThrow(InputError);
    await expect(scoring).rejects.toThrow(line);
  });
});
