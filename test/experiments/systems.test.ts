import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tripleSchema } from "../../kernel-lib/src/dataset/index.js";
import { loadExperiment, openRun } from "../../kernel-lib/src/experiments/index.js";
import { ledgerSchema } from "../../kernel-lib/src/filter/index.js";
import { readJsonl } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, selfspec, temporaryFolder } from "../cli/command.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { type ScriptedServer, startScriptedServer } from "../cli/scripted-server.js";

const open = (systems: string[], retrieval = false) =>
  openRun({ config: loadExperiment("biomedicine"), size: "smoke", changes: { systems, retrieval } });

describe("the systems of a run", () => {
  it("are refused by name where they are unknown, named twice, or come before their teacher", () => {
    expect(() => open(["seeds"])).toThrow('system "seeds"; allowed: seeds-only, self-specialised');
    expect(() => open(["seeds-only", "seeds-only"])).toThrow('system "seeds-only" twice');
    expect(() => open(["round-2", "checked"])).toThrow('system "round-2" without "checked" before it');
  });

  it("must differ in retrieval where they say so", () => {
    expect(() => open(["ungrounded"])).toThrow("where retrieval is off anyway; allowed: grounded");
    expect(open(["ungrounded"], true).config.systems).toEqual(["ungrounded"]);
  });
});

describe("the data sets of a run", () => {
  let server: ScriptedServer;
  let directory: string;
  beforeAll(async () => {
    server = await startScriptedServer(undefined, 0);
    directory = temporaryFolder();
    const experiment = writeExperiment({
      model: "scripted",
      endpoint: { baseURL: server.baseURL },
      budget: { seeds: 24, targetRows: 12, maxAttempts: 40 },
      systems: ["seeds-only", "with-seeds", "grounded", "unfiltered"],
    });
    const ended = await selfspec(["run", experiment, "--size", "smoke", "--until", "dataset", "--dir", directory]);
    expect(ended.code, ended.stderr).toBe(0);
  });
  afterAll(() => server.close());

  const triples = (...parts: string[]) => readJsonl(join(directory, ...parts, "dataset", "triples.jsonl"), tripleSchema);

  it("answer the same instructions with and without passages", () => {
    const config = (...parts: string[]) =>
      JSON.parse(readFileSync(join(directory, ...parts, "responses", "config.json"), "utf8"));
    expect(config("variants", "grounded").instructions).toBe(config().instructions);
    expect(config().retrieval).toBeNull();
    const grounded = triples("variants", "grounded");
    expect(grounded.length).toBeGreaterThan(0);
    expect(grounded.every(({ lineage }) => lineage.passageIds.length > 0)).toBe(true);
  });

  it("need fewer attempts for as many instructions without the filter", () => {
    const ledger = (...parts: string[]) =>
      ledgerSchema.parse(JSON.parse(readFileSync(join(directory, ...parts, "instructions", "ledger.json"), "utf8")));
    const [filtered, unfiltered] = [ledger(), ledger("variants", "unfiltered")];
    expect(unfiltered.kept).toBe(filtered.kept);
    expect(unfiltered.in).toBeLessThan(filtered.in);
    expect(Object.keys(unfiltered.rejected)).not.toContain("near-duplicate");
  });

  it("are published with their card, rows gzipped, and not without a known flaw", async () => {
    const [target, card] = [temporaryFolder(), join(temporaryFolder(), "card.json")];
    const publish = () => selfspec(["publish", directory, "--to", target, "--card", card]);
    const texts = { title: "Tasks", description: "Made up.", flaws: ["Nobody checked the facts."], command: "npm start" };
    writeFileSync(card, JSON.stringify({ ...texts, flaws: [] }));
    const refused = await publish();
    expect(refused.code).toBe(2);
    expect(complaintOf(refused)).toContain("flaws");
    writeFileSync(card, JSON.stringify(texts));
    const published = await publish();
    expect(published.code, published.stderr).toBe(0);
    const rows = gunzipSync(readFileSync(join(target, "dataset", "triples.jsonl.gz")))
      .toString("utf8")
      .trim()
      .split("\n");
    expect(rows.length).toBe(triples().length);
    const text = readFileSync(join(target, "README.md"), "utf8");
    for (const part of ["# Tasks", "Nobody checked the facts.", "instructions-v1", "variants/grounded/dataset/triples.jsonl.gz"])
      expect(text).toContain(part);
  });
});
