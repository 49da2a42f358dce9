import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openTask, trivialPredictions } from "../../kernel-lib/src/evaluate/index.js";
import { toJsonl } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, selfspec, temporaryFolder } from "./command.js";

function file(rows: readonly unknown[]): string {
  const path = join(temporaryFolder(), "rows.jsonl");
  writeFileSync(path, toJsonl(rows));
  return path;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("score", { timeout: 30_000 }, () => {
  const pairs = [
    { id: "half", prediction: "large bowel", golds: ["bowel"] },
    { id: "right", prediction: "asthma", golds: ["fever", "asthma"] },
  ];

  it("prints a metric of pairs in a line, and an item a line on demand", async () => {
    const { code, stdout } = await selfspec(["score", "--metric", "token-f1", "--pairs", file(pairs), "--per-item"]);
    expect(code).toBe(0);
    // Two thirds (precision 1/2, recall 1) and 1 make 83.33 on average.
    expect(stdout.split("\n").map((line) => line.trim().split(/\s+/).join(" "))).toEqual([
      "token-f1 f1 83.33 precision 75.00 recall 100.00 n = 2 95 % interval 66.67 to 100.00, 10000 resamples",
      "half f1 66.67 precision 50.00 recall 100.00",
      "right f1 100.00 precision 100.00 recall 100.00",
      "",
    ]);
  });

  it("gives the same as one JSON document of fractions, with and without the items", async () => {
    const value = { f1: expect.closeTo(5 / 6, 12), precision: 0.75, recall: 1 };
    const args = ["score", "--metric", "token-f1", "--pairs", file(pairs), "--json"];
    const drawn = { ci: [expect.closeTo(2 / 3, 12), 1], resamples: 10_000 };
    expect(JSON.parse((await selfspec(args)).stdout)).toEqual({ metric: "token-f1", n: 2, value, ...drawn, items: [] });
    const items = [
      { id: "half", f1: expect.closeTo(2 / 3, 12), precision: 0.5, recall: 1 },
      { id: "right", f1: 1, precision: 1, recall: 1 },
    ];
    expect(JSON.parse((await selfspec([...args, "--per-item"])).stdout)).toEqual({
      ...{ metric: "token-f1", n: 2, value, items },
      ...drawn,
    });
  });

  it("leaves a document that can be read where a late line is bad", async () => {
    const args = ["score", "--metric", "token-f1", "--pairs", file([...pairs, { id: "bad" }]), "--json", "--per-item"];
    const ended = await selfspec(args);
    expect(JSON.parse(ended.stdout)).toEqual({ error: complaintOf(ended).slice("selfspec: ".length), exitCode: 2 });
    expect(complaintOf(ended)).toMatch(/rows\.jsonl:3 is not a pair/);
  });

  it("refuses pairs and a task at once", async () => {
    const ended = await selfspec(["score", "--metric", "token-f1", "--pairs", "x", "--task", "anatem", "--predictions", "y"]);
    expect(ended.code).toBe(2);
    expect(complaintOf(ended)).toMatch(/both ways; allowed: --task T --predictions F, or --metric NAME --pairs F/);
  });

  it("scores a task's predictions by all its metrics: gold answers get 100, and the mini set is taken, and named, where the originals are not", async () => {
    vi.stubEnv("SELFSPEC_CACHE", temporaryFolder());
    vi.stubEnv("SELFSPEC_BENCHMARKS", undefined);
    const { task, items, origin } = openTask({ taskId: "ncbi-disease" });
    expect(origin).toBe("mini");
    const gold = file(items.test.map((item) => ({ id: item.id, prediction: item.gold })));
    const args = ["score", "--task", task.id, "--json", "--predictions"];
    const scored = await selfspec([...args, gold]);
    expect(scored.stderr).toMatch(/NCBI-disease: mini set, not the benchmark/);
    const perfect = JSON.parse(scored.stdout) as { metric: string; value: number; strict: number; golds: string }[];
    expect(new Set(perfect.map(({ golds }) => golds))).toEqual(new Set(["mini"]));
    expect(perfect.map(({ metric }) => metric)).toEqual(task.metrics);
    // BoX's rule looks for one part of the list only: the whole list is too long an answer to it.
    expect(perfect[0]).toMatchObject({ ci: [100, 100], draws: [] });
    for (const { metric, value, strict } of perfect)
      expect([value, strict], metric).toEqual(metric === "box-f1" ? [value, value] : [100, 100]);

    const trivial = trivialPredictions({ task, items: items.test, demonstrations: items.demonstrations, ks: [0] });
    const copied = JSON.parse((await selfspec([...args, file(trivial)])).stdout) as {
      system: string;
      value: number;
    }[];
    for (const { system, value } of copied) {
      expect(system).toBe("trivial");
      expect(value).toBeLessThan(60);
    }
  });
});
