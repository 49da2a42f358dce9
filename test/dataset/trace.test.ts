import { appendFileSync, cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type RowTrace, traceRow } from "../../kernel-lib/src/dataset/index.js";
import { InputError, sha256, toJsonl } from "../../kernel-lib/src/runtime/index.js";
import { testSeeds } from "../generate/scripted-endpoint.js";
import { type GeneratedRun, generateRun, scriptedCorpus } from "./generated-run.js";

const seedIds = new Set(testSeeds.map(({ id }) => id));

describe("tracing a row", () => {
  let run: GeneratedRun;
  beforeAll(async () => {
    run = await generateRun();
  });

  it("renders every prompt of every kept row with the hash that it was stored with", async () => {
    for (const triple of run.triples) {
      const { state, instructionPrompt, responsePrompt, task } = await traceRow({ run: run.folder, id: triple.id });
      expect(state).toBe("in the data set");
      for (const prompt of [instructionPrompt!, responsePrompt!]) {
        expect(prompt.problem).toBeNull();
        expect(prompt.verified).toBe(true);
        expect(sha256(prompt.text!)).toBe(prompt.promptHash);
      }
      expect(responsePrompt!.text!.endsWith(`Instruction: ${task!.instruction}\nInput: ${task!.input}\nOutput:`)).toBe(true);
    }
  });

  it("follows machine-written demonstrations to the seeds behind them, as the lineage does", async () => {
    const traces: RowTrace[] = [];
    for (const { id } of run.triples) traces.push(await traceRow({ run: run.folder, id }));
    const shown = traces.flatMap(({ instructionPrompt }) => instructionPrompt!.demonstrations.map(({ id }) => id));
    expect(shown.some((id) => id.startsWith("task-"))).toBe(true);
    for (const { seeds, triple } of traces) {
      expect(seeds.every(({ id }) => seedIds.has(id))).toBe(true);
      expect(seeds.map(({ id }) => id).sort()).toEqual(triple!.lineage.seedIds);
    }
  });

  it("tells the rule that took a task, with the prompt and what the model wrote", async () => {
    const trace = await traceRow({ run: run.folder, id: run.rejectedTask });
    expect(trace).toMatchObject({ state: "rejected", triple: null, responsePrompt: null });
    expect(trace.rejections[0]).toMatchObject({ id: run.rejectedTask, stage: "instructions" });
    expect(trace.instructionPrompt).toMatchObject({ verified: true, raw: expect.stringMatching(/\S/) });
  });

  it("tells the rule that took an answer", async () => {
    const trace = await traceRow({ run: run.folder, id: run.rejectedAnswer });
    expect(trace).toMatchObject({ state: "rejected", triple: null });
    expect(trace.rejections[0]).toMatchObject({ stage: "responses", rule: "empty-output" });
    expect(trace.responsePrompt!.verified).toBe(true);
  });

  it("refuses an unknown id and a folder without rows", async () => {
    await expect(traceRow({ run: run.folder, id: "task-9999" })).rejects.toThrow(/no row task-9999/);
    await expect(traceRow({ run: "/nowhere", id: "task-0001" })).rejects.toThrow(InputError);
    await expect(traceRow({ run: run.folder, id: "task-0001", system: "none" })).rejects.toThrow(
      /variants.*holds no generated rows/,
    );
  });
});

describe("tracing a row of another data set of the run", () => {
  it("takes its own answers and, where it has no instructions of its own, the main ones", async () => {
    const { folder, triples } = await generateRun();
    const { id } = triples[0]!;
    for (const part of ["responses", "dataset"])
      cpSync(join(folder, part), join(folder, "variants", "round-2", part), { recursive: true });
    rmSync(join(folder, "responses"), { recursive: true });
    const trace = await traceRow({ run: folder, id, system: "round-2" });
    expect(trace.responsePrompt).toMatchObject({ verified: true });
    expect(trace.instructionPrompt).toMatchObject({ verified: true });
    expect((await traceRow({ run: folder, id })).responsePrompt).toBeNull();
  });
});

describe("tracing a row whose parts have gone", () => {
  it("says that a changed seed gives another hash, and which seed is missing", async () => {
    const { folder, triples } = await generateRun();
    const path = join(folder, "instructions", "seeds.jsonl");
    const { id, lineage } = triples[0]!;
    writeFileSync(path, toJsonl(testSeeds.map((seed) => ({ ...seed, instruction: `${seed.instruction} Now.` }))));
    const changed = (await traceRow({ run: folder, id })).instructionPrompt!;
    expect(changed).toMatchObject({ verified: false, problem: expect.stringContaining("another hash") });
    writeFileSync(path, toJsonl(testSeeds.filter((seed) => !lineage.seedIds.includes(seed.id))));
    const lost = (await traceRow({ run: folder, id })).responsePrompt!;
    expect(lost).toMatchObject({
      verified: false,
      text: null,
      problem: expect.stringMatching(/^not at hand: demonstration bio-/),
    });
  });

  it("says that passages are not at hand without their corpus, and verifies with it", async () => {
    const { folder, triples } = await generateRun({ retrieval: true });
    const { id } = triples[0]!;
    const without = (await traceRow({ run: folder, id })).responsePrompt!;
    expect(without).toMatchObject({ verified: false, problem: "not at hand: passage first, passage second" });
    expect(without.passages.map(({ id: passage, rank, text }) => [passage, rank, text])).toEqual([
      ["first", 1, null],
      ["second", 2, null],
    ]);
    const whole = (await traceRow({ run: folder, id, corpus: scriptedCorpus })).responsePrompt!;
    expect(whole).toMatchObject({ verified: true, problem: null });
    expect(whole.passages[0]!.text).toContain("first passage");
  });

  it("reads on past a torn last line", async () => {
    const { folder, triples } = await generateRun();
    appendFileSync(join(folder, "responses", "raw.jsonl"), `{"key":"${triples[0]!.id}","te`);
    expect((await traceRow({ run: folder, id: triples[0]!.id })).state).toBe("in the data set");
  });
});
