import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Instruction } from "../../kernel-lib/src/generate/index.js";
import { generateInstructions, presets, rejudgeInstructions, type StageResult } from "../../kernel-lib/src/generate/index.js";
import { createInstructionJudge } from "../../kernel-lib/src/generate/judge-instructions.js";
import { clock } from "../../kernel-lib/src/runtime/index.js";
import { scriptedEndpoint, testSeeds, writeTasks } from "./scripted-endpoint.js";

describe("judging a finished stage again", () => {
  let directory: string;
  let stage: StageResult<Instruction>;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "selfspec-rejudge-"));
    stage = await generateInstructions({
      directory,
      seeds: testSeeds,
      domain: "biomedicine",
      endpoint: scriptedEndpoint(writeTasks),
      preset: presets["self-moe"],
      runSeed: 5,
      attempts: 90,
      target: 25,
      concurrency: 16,
    });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it("P13: gives the stage's own result when nothing is changed", () => {
    expect(rejudgeInstructions({ directory })).toEqual(stage);
  });

  it("P13: another threshold needs no call and keeps other rows of the same attempts", () => {
    const strict = rejudgeInstructions({ directory, changes: { noveltyThreshold: 0.45, target: null } });
    expect(strict.ledger.in).toBe(stage.ledger.in);
    expect(strict.rows.length).toBeLessThan(stage.rows.length);
    expect(strict.rows.every(({ novelty }) => novelty.score <= 0.45)).toBe(true);
  });

  it("P13: another parser reads the same raw texts", () => {
    const noInputIsFine = rejudgeInstructions({
      directory,
      changes: {
        target: null,
        parse: ({ text, finishReason }) => {
          const [instruction = "", input = ""] = text.trim().split("\nInput:");
          return { instruction, input: input.trim(), finishReason };
        },
      },
    });
    expect(stage.ledger.rejected["no-input"]).toBeGreaterThan(0);
    expect(noInputIsFine.ledger.rejected["no-input"]).toBeUndefined();
    expect(noInputIsFine.rows.some(({ input }) => input === "")).toBe(true);
  });

  it("keeps everything that parses where the filter is taken out", () => {
    const all = rejudgeInstructions({ directory, changes: { filter: "parse-only", target: null } });
    expect(all.rows.length).toBe(
      stage.ledger.in - (all.ledger.rejected["no-input"] ?? 0) - (all.ledger.rejected["no-instruction"] ?? 0),
    );
    expect(all.rows.length).toBeGreaterThan(stage.rows.length);
  });

  it("refuses a folder without a finished stage, and one whose raw texts or seeds were changed", () => {
    expect(() => rejudgeInstructions({ directory: join(directory, "absent") })).toThrow(/no finished instruction stage/);
    const raw = readFileSync(join(directory, "raw.jsonl"), "utf8");
    writeFileSync(
      join(directory, "raw.jsonl"),
      raw
        .split("\n")
        .filter((line) => !line.includes('"key":"0003"'))
        .join("\n"),
    );
    expect(() => rejudgeInstructions({ directory })).toThrow(/lacks attempt 0003/);
    writeFileSync(join(directory, "raw.jsonl"), raw);
    appendFileSync(join(directory, "seeds.jsonl"), "\n");
    expect(() => rejudgeInstructions({ directory })).toThrow(/seeds\.jsonl is not the file/);
  });
});

describe("judging", () => {
  it("costs the same an attempt however many came before, with the yield told after each", () => {
    const milliseconds = (attempts: number): number => {
      const judge = createInstructionJudge({
        seeds: testSeeds,
        preset: { ...presets["self-moe"].instructions, autoStop: null },
        target: Number.POSITIVE_INFINITY,
      });
      const raw = { text: " Hm.", finishReason: "stop" as const, demoIds: [], promptHash: "", model: "m" };
      const usage = { promptTokens: 1, completionTokens: 1 };
      const began = clock.elapsed();
      for (let attempt = 0; attempt < attempts; attempt++) {
        judge.judge({ key: String(attempt), ...raw, usage });
        judge.describe();
      }
      return clock.elapsed() - began;
    };
    milliseconds(5_000);
    const best = (attempts: number) => Math.min(...[1, 2, 3].map(() => milliseconds(attempts)));
    expect(best(40_000)).toBeLessThan(16 * best(5_000)); // linear is 8, quadratic 64
  });
});
