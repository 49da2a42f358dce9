// What the small verbs print: `--json` gives one document on stdout and nothing else there.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { benchmarkTasks } from "../../kernel-lib/src/evaluate/index.js";
import { knownModels } from "../../kernel-lib/src/models/index.js";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { type Environment, selfspec, temporaryFolder } from "./command.js";

async function documentOf(args: readonly string[], environment?: Environment): Promise<unknown> {
  const { code, stdout, stderr } = await selfspec([...args, "--json"], environment);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe("models list", { timeout: 30_000 }, () => {
  it("gives licence, size and checksum of every known model, and a path only for what is here", async () => {
    const empty = { SELFSPEC_CACHE: temporaryFolder() };
    expect(await documentOf(["models", "list"], empty)).toEqual(JSON.parse(JSON.stringify(knownModels)));
    const { stdout } = await selfspec(["models", "list"], empty);
    for (const { id, licence } of knownModels) expect(stdout).toMatch(new RegExp(`^${id} .*${licence}.*not in the cache$`, "m"));
  });
});

const originals = join(projectRoot(), "..", "shared", "benchmarks", "raw");
describe("data", { timeout: 60_000 }, () => {
  const listed = z.array(z.looseObject({ id: z.string(), licence: z.string(), bytes: z.number(), state: z.string() }));

  it("list names every task with its licence, and says that the originals are missing", async () => {
    const rows = listed.parse(
      await documentOf(["data", "list"], { SELFSPEC_CACHE: temporaryFolder(), SELFSPEC_BENCHMARKS: undefined }),
    );
    expect(rows.map(({ id }) => id)).toEqual([...benchmarkTasks.map(({ id }) => id), "general-seeds"]);
    for (const { state, licence } of rows) expect([state, licence.length > 0]).toEqual(["missing", true]);
  });

  it.skipIf(!existsSync(originals))(
    "pull --from copies into the cache, where list and check find it (skipped without the original files)",
    async () => {
      const here = { SELFSPEC_CACHE: temporaryFolder(), SELFSPEC_BENCHMARKS: undefined };
      const pulled = z.array(z.looseObject({ name: z.string(), how: z.string(), path: z.string() }));
      const pull = ["data", "pull", "--from", originals, "--task", "ncbi-disease", "pubmedqa"];
      const first = pulled.parse(await documentOf(pull, here));
      expect(first.map(({ how }) => how)).toEqual(first.map(() => "copied"));
      for (const { path } of first) expect(path.startsWith(here.SELFSPEC_CACHE) && existsSync(path)).toBe(true);
      const again = pulled.parse(await documentOf(pull, here));
      expect(again.map(({ how }) => how)).toEqual(first.map(() => "kept"));
      const states = Object.fromEntries(
        listed.parse(await documentOf(["data", "list"], here)).map(({ id, state }) => [id, state]),
      );
      expect(states).toMatchObject({ "ncbi-disease": "ok", pubmedqa: "ok", anatem: "missing" });
      const checked = z.array(z.looseObject({ state: z.string() }));
      const files = checked.parse(await documentOf(["data", "check", "--task", "ncbi-disease"], here));
      expect(new Set(files.map(({ state }) => state))).toEqual(new Set(["ok"]));
    },
  );
});

describe("doctor", { timeout: 120_000 }, () => {
  const findings = z.array(
    z.strictObject({ name: z.string(), works: z.boolean(), detail: z.string().min(1), todo: z.string().optional() }),
  );
  const byName = (document: unknown) => new Map(findings.parse(document).map((finding) => [finding.name, finding]));

  it("looks at all there is, and says what to do about what does not work", async () => {
    const found = byName(await documentOf(["doctor"], { SELFSPEC_CACHE: temporaryFolder() }));
    for (const name of ["node", "machine", "python with pip", "C++ compiler", "tensorflow", "chromium", "jupyter"])
      expect([...found.keys()]).toContain(name);
    for (const { id } of knownModels)
      expect(found.get(`model ${id}`)).toMatchObject({ works: false, todo: `npm run selfspec -- models pull ${id}` });
    expect(found.get("backend cpu")).toMatchObject({ works: true });
  });

  it("without the native addon names the reason, and the next backend works", async () => {
    const hide = join(temporaryFolder(), "hide-addon.cjs");
    writeFileSync(
      hide,
      `const fs = require("node:fs");
const existsSync = fs.existsSync;
fs.existsSync = (path) => !String(path).endsWith("tfjs_binding.node") && existsSync(path);
require("node:module").syncBuiltinESMExports();`,
    );
    const found = byName(await documentOf(["doctor"], { NODE_OPTIONS: `--require ${hide}`, PATH: temporaryFolder() }));
    expect(found.get("tensorflow")).toMatchObject({
      works: false,
      detail: "python3 with pip is not on the PATH",
      todo: "training uses the next backend",
    });
    expect(found.get("backend tensorflow")?.works).toBe(false);
    expect(found.get("backend tensorflow")?.detail).toMatch(/tfjs_binding\.node/);
    expect(found.get("backend wasm")).toMatchObject({ works: true, detail: expect.stringContaining("float32") });
  });
});

describe("help", { timeout: 30_000 }, () => {
  it("lists the verbs and exits 0; without a verb it exits 2", async () => {
    const asked = await selfspec(["--help"]);
    expect(asked.code).toBe(0);
    for (const verb of ["setup", "doctor", "models", "data", "serve", "run", "score", "notebooks", "lab"])
      expect(asked.stdout).toMatch(new RegExp(`^ {2}${verb}\\b`, "m"));
    expect((await selfspec([])).code).toBe(2);
  });
});

describe("publish", () => {
  it("refuses a folder that holds no run and writes nothing", async () => {
    const [empty, target] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(empty, "something"));
    expect((await selfspec(["publish", empty, "--to", target])).code).toBe(2);
    expect(readdirSync(target)).toEqual([]);
  });
});
