// `data` and the files that are the user's own: shown with what to do, taken from a folder, told by their checksum, never downloaded.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, selfspec, temporaryFolder } from "./command.js";

const golden = join(projectRoot(), "data", "benchmarks", "bioasq", "golden.json");
const files = z.array(z.looseObject({ name: z.string(), how: z.string().optional(), state: z.string().optional() }));

let cache: string;
let mine: string;
beforeAll(() => {
  cache = temporaryFolder();
  mine = temporaryFolder();
  cpSync(golden, join(mine, "bioasq", "golden.json"));
});
afterAll(() => {
  for (const folder of [cache, mine]) rmSync(folder, { recursive: true, force: true });
});

const data = (...args: string[]) => selfspec(["data", ...args], { SELFSPEC_CACHE: cache, SELFSPEC_BENCHMARKS: undefined });

describe("data", { timeout: 60_000 }, () => {
  it("list shows the suite of each task in lines of 120 columns, and once how to have each file of one's own", async () => {
    const { stdout } = await data("list");
    expect(stdout).toMatch(/^ +task +suite +domain +files +size +licence$/m);
    expect(stdout).toMatch(/^ +ddi +paper +biomedicine +missing +1\.5 MB /m);
    expect(stdout).toMatch(/^ +finqa +ours +finance +missing /m);
    expect(stdout).toMatch(/^ +headlines +TGajanan\/.*@[0-9a-f]{8}: gold-dataset-sinha-khandait\.csv$/m);
    const isSentence = (line: string): boolean => line.startsWith("  your own file ");
    expect(stdout.split("\n").filter((line) => line.length > 120 && !isSentence(line))).toEqual([]);
    expect(stdout.match(/^ +your own file bioasq\/golden\.json: register with BioASQ.*$/gm)).toHaveLength(1);
    expect(stdout).toMatch(/^ +your own file hoc\/hoc\.tar\.gz: clone .*tar czf/m);
  });

  it("check says of each file whether it is the cache's or the folder's", async () => {
    const name = join("bioasq", "golden.json");
    const check = async (...from: string[]) =>
      (await data("check", "--task", "bioasq-list", ...from)).stdout.trimEnd().split("\n");
    expect(await check()).toEqual([
      expect.stringMatching(/^file +state +sha256 +found in +path, or how to have it$/),
      expect.stringMatching(/^bioasq\/golden\.json +missing +register with BioASQ/),
    ]);
    expect((await check("--from", mine))[1]).toMatch(new RegExp(`own +[0-9a-f]{12} +folder +${join(mine, name)}$`));
    cpSync(golden, join(cache, "benchmarks", name));
    expect((await check())[1]).toMatch(new RegExp(`own +[0-9a-f]{12} +cache +${join(cache, "benchmarks", name)}$`));
    rmSync(join(cache, "benchmarks"), { recursive: true });
  });

  it("pull skips such a file with a line and without a network, and takes it from a folder", async () => {
    const skipped = await data("pull", "--task", "bioasq-list");
    expect([skipped.code, skipped.stdout]).toEqual([
      0,
      expect.stringMatching(/^bioasq\/golden\.json +skipped +register with BioASQ/),
    ]);
    const copied = await data("pull", "--task", "bioasq-list", "--from", mine, "--json");
    expect(files.parse(JSON.parse(copied.stdout))).toMatchObject([{ name: "bioasq/golden.json", how: "copied" }]);
    const checked = await data("check", "--task", "bioasq-list", "--json");
    expect(files.parse(JSON.parse(checked.stdout))).toMatchObject([{ name: "bioasq/golden.json", state: "own" }]);
  });

  it("pull --from names what the folder lacks, in one line with exit code 2", async () => {
    const ended = await data("pull", "--task", "ddi", "bioasq-list", "--from", mine);
    expect(ended.code).toBe(2);
    expect(complaintOf(ended)).toMatch(
      /1 benchmark file not found in .*: ddi\/DDICorpus-2013\.zip \(already in the cache: 1\); allowed: a folder .*put it by hand/,
    );
  });

  it("check exits 1 where pinned bytes were changed, and names them", async () => {
    const changed = join(mine, "ddi", "DDICorpus-2013.zip");
    mkdirSync(dirname(changed), { recursive: true });
    writeFileSync(changed, "changed");
    const ended = await data("check", "--task", "ddi", "--from", mine);
    rmSync(changed);
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringMatching(/^ddi\/DDICorpus-2013\.zip +changed /m)]);
    expect(ended.stderr).toMatch(/^not the pinned bytes: .*DDICorpus-2013\.zip; move them away/m);
  });

  it("check refuses a broken .gz in one line with exit code 2", async () => {
    writeFileSync(join(mine, "bioasq", "golden.json.gz"), "broken");
    rmSync(join(mine, "bioasq", "golden.json"));
    const ended = await data("check", "--task", "bioasq-list", "--from", mine);
    expect(ended.code).toBe(2);
    expect(complaintOf(ended)).toMatch(/golden\.json\.gz cannot be unpacked .*; copy or fetch the file again/);
  });
});
