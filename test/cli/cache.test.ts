// `cache` as a person calls it: what is in it, a bundle out of it and into another home, and one line for every mistake.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheCalls, openCallCache } from "../../kernel-lib/src/endpoint/index.js";
import { countingEndpoint, request } from "../endpoint/call-cache-endpoint.js";
import { complaintOf, type Ended, selfspec, temporaryFolder } from "./command.js";

/** A home with three calls of the base model and one of an adapter. */
async function home(): Promise<string> {
  const folder = temporaryFolder();
  const cache = openCallCache({ directory: join(folder, "calls") });
  const cached = cacheCalls(countingEndpoint(), { cache });
  for (const seed of [1, 2, 3]) await cached.complete({ ...request, seed });
  await cached.complete({ ...request, model: "base:tuned" });
  await cache.close();
  return folder;
}

const cache = (SELFSPEC_HOME: string, ...args: string[]): Promise<Ended> => selfspec(["cache", ...args], { SELFSPEC_HOME });
const document = ({ code, stdout, stderr }: Ended) => {
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};

describe("cache", { timeout: 60_000 }, () => {
  it("exports to a file that another home imports and prunes", async () => {
    const [from, to, file] = [await home(), temporaryFolder(), join(temporaryFolder(), "calls.gz")];
    const exported = document(await cache(from, "export", file, "--json"));
    expect(exported).toMatchObject({ path: file, manifest: { records: 4 } });
    expect(document(await cache(to, "import", file, "--json"))).toMatchObject({ added: 4, known: 0 });
    expect(document(await cache(to, "prune", "--model", "base:tuned", "--json"))).toEqual({ removed: 1, unreadable: 0, left: 3 });
    expect(document(await cache(to, "stats", "--json"))).toMatchObject({
      records: 3,
      answerers: [{ model: "base", fingerprint: "server · base", records: 3, completionTokens: 9 }],
    });
    const { stdout } = await cache(from, "stats");
    expect(stdout).toMatch(
      /calls +4, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\n.*\nfolder .*\n\nmodel +calls +tokens +by\nbase +3 +9 +server · base\n/,
    );
  });

  it.each<[string, string[], RegExp, number]>([
    ["an export of nothing", ["export", "x.gz"], /no call in .*; run something with the call cache on first/, 2],
    [
      "a run that is none",
      ["export", "x.gz", "--run", "/nowhere"],
      /\/nowhere holds no calls\.jsonl; allowed: the folder of a run/,
      2,
    ],
    ["an import of nothing", ["import", "/nowhere.gz"], /\/nowhere\.gz is no whole replay bundle: ENOENT.*export it again/, 2],
    ["pruning by nothing", ["prune"], /nothing to prune by; allowed: --all, or one or both of --older-than and --model/, 2],
    [
      "an age that is none",
      ["prune", "--older-than", "soon"],
      /--older-than soon; allowed: a number of days, hours or minutes/,
      2,
    ],
    [
      "a model that never answered",
      ["prune", "--model", "bass"],
      /no call of a model "bass"; allowed: nothing: the cache is empty/,
      2,
    ],
    ["an unknown verb", ["drop"], /unknown command 'drop'/, 2],
  ])("%s exits %4$i with one line", async (_, args, line, code) => {
    const ended = await cache(temporaryFolder(), ...args, "--json");
    expect(complaintOf(ended)).toMatch(line);
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: code });
  });

  it("a folder of calls that is something else is refused, and left alone", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "calls"), "mine");
    const ended = await cache(folder, "stats");
    expect(complaintOf(ended)).toMatch(/calls cannot be opened as a call cache \(.*\); .*SELFSPEC_HOME/);
    expect(ended.code).toBe(2);
    expect(existsSync(join(folder, "calls", "data.mdb"))).toBe(false);
  });
});
