// The gate between data and training, on the mini sets: a test item in a seed or a row stops the run, unless the experiment says otherwise.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { seedTriples, type Triple } from "../../kernel-lib/src/dataset/index.js";
import { openTask } from "../../kernel-lib/src/evaluate/index.js";
import { checkContamination, cleanForAll } from "../../kernel-lib/src/experiments/contamination-gate.js";
import {
  chooseSize,
  loadExperiment,
  openRun,
  type RunConfig,
  readContamination,
} from "../../kernel-lib/src/experiments/index.js";
import { RunDirectory } from "../../kernel-lib/src/experiments/run-directory.js";
import { InputError, RunError } from "../../kernel-lib/src/runtime/index.js";
import { loadSeeds } from "../../kernel-lib/src/seeds/index.js";
import { writeExperiment } from "../cli/experiment-file.js";
import { type ScriptedServer, startScriptedServer } from "../cli/scripted-server.js";

const taskId = "ncbi-disease";
let folder: string;
let server: ScriptedServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "selfspec-gate-"));
  vi.stubEnv("SELFSPEC_HOME", folder);
  vi.stubEnv("SELFSPEC_CACHE", folder);
  vi.stubEnv("SELFSPEC_BENCHMARKS", undefined);
  server = await startScriptedServer(undefined, 0);
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An item of the mini set that is long enough to be told from any other. */
const leaked = () => openTask({ taskId }).items.test.find(({ input }) => input.split(" ").length > 15)!;
const seeds = () => loadSeeds({ domain: "biomedicine" });
const config = (contamination: RunConfig["contamination"]): RunConfig => {
  const smoke = chooseSize(loadExperiment("biomedicine"), "smoke");
  return { ...smoke, tasks: [taskId], contamination, budget: { ...smoke.budget, items: 2, shots: [0, 2], draws: 1 } };
};
const gate = (name: string, setting: RunConfig["contamination"] = "block") => ({
  config: config(setting),
  directory: new RunDirectory(join(folder, name)),
  onProgress: undefined,
  signal: undefined,
});
const rows = (): Triple[] => seedTriples(seeds()).slice(0, 5);
const withLeak = (): Triple[] => [...rows(), { ...rows()[0]!, id: "row-leak", output: `It says: ${leaked().input}` }];

describe("P7: the gate", () => {
  it("searches rows, seeds and shots for all items of a task, not for its sample alone; the project's own seeds pass", async () => {
    const walk = gate("clean");
    await checkContamination(walk, "self-specialised", rows());
    const report = readContamination(walk.directory)!;
    expect(report.records).toMatchObject({ row: 5, seed: walk.config.budget.seeds, demonstration: 2 });
    expect(report.tasks).toMatchObject([{ taskId, origin: "mini", items: openTask({ taskId }).items.test.length }]);
    expect(report.findings.filter(({ contaminates, source }) => contaminates && source !== "demonstration")).toEqual([]);
  });

  it("stops at a row that holds a test item, naming row, item and kind, with the report written", async () => {
    const walk = gate("row");
    const stopped = await checkContamination(walk, "self-specialised", withLeak()).catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(RunError);
    expect((stopped as Error).message).toMatch(
      new RegExp(
        `1 test item in what is trained on \\(1 by 13-gram, 1 by near-duplicate\\): row row-leak holds item ${leaked().id} of ${taskId}.*contamination to "report"`,
      ),
    );
    expect(readContamination(walk.directory)!.tasks[0]!.clean).not.toContain(leaked().id);
  });

  it('reports and goes on where the configuration says "report"', async () => {
    const walk = gate("report", "report");
    await checkContamination(walk, "self-specialised", withLeak());
    const named = readContamination(walk.directory)!.findings.map(({ sourceId, itemId, kind }) => [sourceId, itemId, kind]);
    expect(named).toContainEqual(["row-leak", leaked().id, "13-gram"]);
  });

  it("calls clean what is clean for every system's data, and says nothing where one was not checked", async () => {
    const walk = gate("systems", "report");
    await checkContamination(walk, "self-specialised", rows());
    expect(cleanForAll(walk.directory, ["seeds-only", "generic"], taskId)).toBeUndefined();
    await checkContamination(walk, "generic", withLeak());
    const all = cleanForAll(walk.directory, ["seeds-only"], taskId)!;
    expect(all.has(leaked().id)).toBe(true);
    expect([...cleanForAll(walk.directory, ["seeds-only", "generic"], taskId)!]).toEqual(
      [...all].filter((id) => id !== leaked().id),
    );
    await checkContamination(walk, "unfiltered", rows());
    expect(cleanForAll(walk.directory, ["generic", "unfiltered"], taskId)!.has(leaked().id)).toBe(false);
    expect(cleanForAll(walk.directory, ["seeds-only"], "pubmedqa")).toBeUndefined();
  });

  it("stops a whole run at a leaking seed, again when it is repeated, not under the override; a seed file that is cleaned later changes nothing", {
    timeout: 60_000,
  }, async () => {
    const seedFile = join(folder, "seeds.jsonl");
    const [first, ...others] = seeds();
    const planted = { ...first!, input: leaked().input };
    writeFileSync(seedFile, [planted, ...others].map((seed) => JSON.stringify(seed)).join("\n"));
    const experiment = writeExperiment({
      model: "scripted",
      seedFile,
      tasks: [taskId],
      endpoint: { baseURL: server.baseURL },
      budget: { seeds: null, targetRows: 4 },
    });
    const blocked = openRun({ config: experiment, size: "smoke", directory: join(folder, "blocked") });
    for (let time = 0; time < 2; time++)
      await expect(blocked.execute({ until: "dataset" })).rejects.toThrow(
        new RegExp(`seed ${planted.id} holds item ${leaked().id}`),
      );
    expect(existsSync(join(blocked.directory.dataset(), "summary.json"))).toBe(false);
    const overridden = openRun({
      config: experiment,
      size: "smoke",
      directory: join(folder, "overridden"),
      settings: { contamination: "report" },
    });
    await overridden.execute({ until: "dataset" });
    expect(existsSync(join(overridden.directory.dataset(), "summary.json"))).toBe(true);
    expect(readFileSync(join(overridden.directory.dataset(), "contamination.json"), "utf8")).toContain(leaked().id);

    writeFileSync(
      seedFile,
      seeds()
        .map((seed) => JSON.stringify(seed))
        .join("\n"),
    );
    const cleaned = await overridden.execute({ until: "dataset" }).catch((error: unknown) => error);
    expect(cleaned).toBeInstanceOf(InputError);
    expect((cleaned as Error).message).toMatch(
      new RegExp(`no longer gives the seeds that .*overridden was begun with \\(1 changed, 0 gone, 0 new; ${planted.id}`),
    );
    await checkContamination({ ...overridden, onProgress: undefined, signal: undefined }, "self-specialised", rows());
    expect(readContamination(overridden.directory)!.findings).toContainEqual(
      expect.objectContaining({ source: "seed", sourceId: planted.id, itemId: leaked().id, contaminates: true }),
    );
  });
});
