import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openTask, trivialPredictions } from "../../kernel-lib/src/evaluate/index.js";
import { toJsonl } from "../../kernel-lib/src/runtime/index.js";
import { selfspec, temporaryFolder } from "./command.js";

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

  it("prints a metric of pairs as a table, an item a line on demand", async () => {
    const { code, stdout } = await selfspec(["score", "--metric", "token-f1", "--pairs", file(pairs), "--per-item"]);
    expect(code).toBe(0);
    // Two thirds (precision 1/2, recall 1) and 1 make 83.33 on average.
    expect(stdout.split("\n").map((line) => line.trim().split(/\s+/).join(" "))).toEqual([
      "token-f1 83.33 n = 2",
      "half 66.67",
      "right 100.00",
      "",
    ]);
  });

  it("gives the same as one JSON document", async () => {
    const { stdout } = await selfspec(["score", "--metric", "token-f1", "--pairs", file(pairs), "--json"]);
    expect(JSON.parse(stdout)).toEqual([{ metric: "token-f1", n: 2, value: expect.closeTo(83.333, 2) }]);
  });

  it("scores a task's predictions by all its metrics: gold answers get 100, and the mini set is taken where the originals are not", async () => {
    vi.stubEnv("SELFSPEC_CACHE", temporaryFolder());
    vi.stubEnv("SELFSPEC_BENCHMARKS", undefined);
    const { task, items, origin } = openTask({ taskId: "ncbi-disease" });
    expect(origin).toBe("mini");
    const gold = file(items.test.map((item) => ({ id: item.id, prediction: item.gold })));
    const args = ["score", "--task", task.id, "--json", "--predictions"];
    const perfect = JSON.parse((await selfspec([...args, gold])).stdout) as { metric: string; value: number }[];
    expect(perfect.map(({ metric }) => metric)).toEqual(task.metrics);
    for (const { value } of perfect) expect(value).toBe(100);

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
