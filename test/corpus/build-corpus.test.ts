import { existsSync, readFileSync, rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { connect } from "@lancedb/lancedb";
import { describe, expect, it } from "vitest";
import { type BuildOptions, type BuildResult, buildCorpus, openBuiltCorpus } from "../../kernel-lib/src/corpus/index.js";
import { InputError, lockDirectory, type ProgressEvent, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { testFolder } from "./folder.js";

const { at, write, jsonl } = testFolder();
let places = 0;
const newPlace = (): string => at(`place-${++places}`);

/** [id, text] of every passage of the last finished build. */
async function held(place: string): Promise<[id: string, text: string][]> {
  const connection = await connect(place);
  const table = await connection.openTable("passages");
  await table.checkout("complete");
  const rows = (await table.query().select(["id", "text"]).toArray()) as { id: string; text: string }[];
  connection.close();
  return rows.map(({ id, text }): [string, string] => [id, text]).sort(([a], [b]) => (a < b ? -1 : 1));
}

async function found(place: string, query: string): Promise<[id: string, score: number][]> {
  const corpus = await openBuiltCorpus(place);
  const hits = await corpus.search(query, 10);
  corpus.close();
  return hits.map(({ id, score }) => [id, score]);
}

const files = (result: BuildResult): string => Object.values(result.files).join("+");

describe("building again", { timeout: 30_000 }, () => {
  it("adds new files, replaces changed ones, takes out vanished ones, and ends as a fresh build would", async () => {
    const folder = "grow";
    write(`${folder}/a.txt`, "The liver makes bile.\n\nBones grow.");
    write(`${folder}/b.txt`, "The heart pumps blood.");
    const to = newPlace();
    const build = (): Promise<BuildResult> => buildCorpus({ sources: [at(folder)], to });
    const first = await build();
    expect([first.passages, files(first)]).toEqual([3, "2+0+0+0"]);
    const same = await build();
    expect([same.passagesAdded, files(same), same.fingerprint]).toEqual([0, "0+0+0+2", first.fingerprint]);

    write(`${folder}/c.md`, "Skin is an organ.");
    const grown = await build();
    expect([grown.passages, grown.passagesAdded, files(grown)]).toEqual([4, 1, "1+0+0+2"]);

    write(`${folder}/a.txt`, "The liver stores glycogen.");
    rmSync(at(folder, "b.txt"));
    const changed = await build();
    expect([changed.passages, files(changed)]).toEqual([2, "0+1+1+1"]);

    const fresh = newPlace();
    expect((await buildCorpus({ sources: [at(folder)], to: fresh })).fingerprint).toBe(changed.fingerprint);
    expect(await held(to)).toEqual(await held(fresh));
    expect(await found(to, "the liver is an organ")).toEqual(await found(fresh, "the liver is an organ"));
  });

  it("keeps what other sources brought, unless it is to hold these only", async () => {
    const [one, two] = [write("kept/one/x.txt", "lung"), write("kept/two/y.txt", "kidney")];
    const to = newPlace();
    await buildCorpus({ sources: [one], to });
    expect((await buildCorpus({ sources: [two], to })).passages).toBe(2);
    const alone = await buildCorpus({ sources: [two], to, only: true });
    expect([alone.passages, alone.files.removed]).toEqual([1, 1]);
    expect(await held(to)).toEqual([["y.txt#1", "kidney"]]);
  });

  it("does not mix passages that were made in different ways", async () => {
    const source = write("settings.txt", "lung");
    const to = newPlace();
    await buildCorpus({ sources: [source], to });
    const other = buildCorpus({ sources: [source], to, settings: { stem: true } });
    await expect(other).rejects.toThrow(InputError);
    await expect(other).rejects.toThrow(/stem true for .*begun with false; .*build into another place/);
  });

  it("takes a file: URI as it takes a folder", async () => {
    const source = write("uri.txt", "lung");
    const folder = newPlace();
    const to = pathToFileURL(folder).href;
    await buildCorpus({ sources: [source], to });
    expect(existsSync(folder)).toBe(true);
    expect((await found(to, "lung")).map(([id]) => id)).toEqual(["uri.txt#1"]);
  });
});

describe("duplicates", { timeout: 30_000 }, () => {
  it("are passages with the same words in the same order; the first stays", async () => {
    write("double/a.txt", "The liver makes bile.\n\nthe LIVER - makes bile!\n\nBile makes the liver.");
    write("double/b.txt", "The liver, makes bile");
    const to = newPlace();
    const result = await buildCorpus({ sources: [at("double")], to });
    expect([result.passages, result.duplicates]).toEqual([2, 2]);
    expect((await held(to)).map(([id]) => id)).toEqual(["a.txt#1", "a.txt#3"]);
    const all = newPlace();
    expect((await buildCorpus({ sources: [at("double")], to: all, settings: { keepDuplicates: true } })).passages).toBe(4);
  });

  it("come back when the passage that stood for them goes", async () => {
    write("heir/a.txt", "Shared text.\n\nOnly here.");
    write("heir/b.txt", "Shared text.\n\nOnly there.");
    const to = newPlace();
    await buildCorpus({ sources: [at("heir")], to });
    rmSync(at("heir", "a.txt"));
    await buildCorpus({ sources: [at("heir")], to });
    expect(await held(to)).toEqual([
      ["b.txt#1", "Shared text."],
      ["b.txt#2", "Only there."],
    ]);
  });
});

describe("a build that was stopped", { timeout: 60_000 }, () => {
  const rows = Array.from({ length: 240 }, (_, index) => ({
    id: `r${index}`,
    text: `word${index % 180} of row ${index % 180}`,
  }));

  it("goes on where it was, and ends with the same passages, scores and fingerprint", async () => {
    const source = jsonl("long.jsonl", rows);
    const to = newPlace();
    const controller = new AbortController();
    const events: ProgressEvent[] = [];
    const options: BuildOptions = { sources: [source], to, batch: 100, onProgress: (event) => events.push(event) };
    const stopped = buildCorpus({
      ...options,
      signal: controller.signal,
      onProgress: ({ state }) => state === "running" && controller.abort(),
    });
    await expect(stopped).rejects.toThrow(StoppedError);
    await expect(openBuiltCorpus(to)).rejects.toThrow(/was never finished; run the same corpus build again/);
    const result = await buildCorpus(options);
    expect(result.passages).toBe(180);
    expect(result.passagesAdded).toBe(80);
    expect(events.find(({ state }) => state === "running")).toMatchObject({ unit: "MB", total: expect.any(Number) });
    expect(events.at(-1)).toMatchObject({ state: "finished", message: "180 passages, 80 of them new" });

    const whole = newPlace();
    expect((await buildCorpus({ sources: [source], to: whole })).fingerprint).toBe(result.fingerprint);
    expect(await held(to)).toEqual(await held(whole));
    expect(await found(to, "word42 of row 42")).toEqual(await found(whole, "word42 of row 42"));
  });

  it("throws away what it left of a file that has changed meanwhile", async () => {
    const source = jsonl("moved.jsonl", rows);
    const to = newPlace();
    const controller = new AbortController();
    const onProgress = ({ state }: ProgressEvent): void => void (state === "running" && controller.abort());
    await expect(buildCorpus({ sources: [source], to, batch: 100, signal: controller.signal, onProgress })).rejects.toThrow(
      StoppedError,
    );
    jsonl("moved.jsonl", [{ id: "new", text: "something else" }]);
    await buildCorpus({ sources: [source], to });
    expect(await held(to)).toEqual([["new", "something else"]]);
  });

  it("leaves readers with the last finished build", async () => {
    const folder = "read";
    write(`${folder}/a.txt`, "The liver makes bile.");
    const to = newPlace();
    const before = await buildCorpus({ sources: [at(folder)], to });
    const reader = await openBuiltCorpus(to);
    const score = (await reader.search("liver", 3))[0]!.score;
    jsonl(`${folder}/b.jsonl`, [...rows, { id: "liver", text: "liver" }]);
    const controller = new AbortController();
    const onProgress = ({ state }: ProgressEvent): void => void (state === "running" && controller.abort());
    await expect(buildCorpus({ sources: [at(folder)], to, batch: 100, signal: controller.signal, onProgress })).rejects.toThrow(
      StoppedError,
    );
    const late = await openBuiltCorpus(to);
    expect([late.count, late.fingerprint]).toEqual([1, before.fingerprint]);
    expect((await late.search("liver", 3)).map((hit) => hit.score)).toEqual([score]);
    await buildCorpus({ sources: [at(folder)], to });
    expect((await reader.search("liver", 3)).map(({ id }) => id)).toEqual(["a.txt#1"]);
    expect((await found(to, "liver")).map(([id]) => id)).toEqual(["liver", "a.txt#1"]);
    reader.close();
    late.close();
  });
});

describe("refusals", () => {
  const source = (): string => write("some.txt", "lung");
  it.each<[string, () => Partial<BuildOptions>, RegExp]>([
    ["a missing source", () => ({ sources: [at("nowhere.txt")] }), /nowhere\.txt does not exist/],
    ["an unknown type", () => ({ sources: [write("x.png", "")] }), /unknown type; allowed: \.txt, \.md/],
    ["a folder with nothing to read", () => ({ sources: [write("bare/x.png", "").slice(0, -6)] }), /holds nothing to read/],
    ["sources without text", () => ({ sources: [write("empty.txt", "\n\n")] }), /is empty/],
    [
      "an id that occurs twice",
      () => ({
        sources: [
          jsonl("twice.jsonl", [
            { id: "x", text: "one" },
            { id: "x", text: "two" },
          ]),
        ],
      }),
      /two passages with the id "x"/,
    ],
    ["a URI of unknown scheme", () => ({ to: "cloud://x" }), /cloud:\/\/x cannot be opened .*allowed: a folder, or a URI/],
    ["an overlap that leaves no room", () => ({ settings: { maxWords: 10, overlap: 10 } }), /overlap of 10 words/],
    ["no words at all", () => ({ settings: { maxWords: 0 } }), /maxWords/],
  ])("%s", async (_, options, message) => {
    const building = buildCorpus({ sources: [source()], to: newPlace(), ...options() });
    await expect(building).rejects.toThrow(InputError);
    await expect(building).rejects.toThrow(message);
  });

  it("a place that another build has", async () => {
    const to = newPlace();
    const unlock = lockDirectory(to);
    await expect(buildCorpus({ sources: [source()], to })).rejects.toThrow(/in use by process \d+; allowed: one build a place/);
    unlock();
    expect(readFileSync(source(), "utf8")).toBe("lung");
  });
});
