// Archives are read from their bytes or unpacked, with the same items either way.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { createTar } from "nanotar";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readArchive } from "../../../kernel-lib/src/evaluate/data/archive.js";
import { getTask, openTask, pullBenchmarks, splits } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { InputError, sha256 } from "../../../kernel-lib/src/runtime/index.js";
import { miniFolder, miniSource } from "./sources.js";

const zipOf = (files: Record<string, string>) =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]))));
const tarOf = (files: Record<string, string>) =>
  gzipSync(createTar(Object.entries(files).map(([name, data]) => ({ name, data }))));

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "selfspec-archives-"));
  vi.stubEnv("SELFSPEC_CACHE", join(scratch, "cache"));
  vi.stubEnv("SELFSPEC_BENCHMARKS", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true, force: true });
});

/** The mini set's files of an archive, by path. */
const miniFiles = (archive: string) => Object.fromEntries(miniSource.entries(archive).map(({ path, text }) => [path, text]));

describe("readArchive", () => {
  it("gives the files of either kind in order of path, without folders", () => {
    const files = { "b/two.txt": "2 µ", "a.txt": "1" };
    const read = [
      { path: "a.txt", text: "1" },
      { path: "b/two.txt", text: "2 µ" },
    ];
    expect(
      readArchive(
        "x.zip",
        Buffer.from(zipSync({ "b/": new Uint8Array(), "b/two.txt": Buffer.from("2 µ"), "a.txt": Buffer.from("1") })),
      ),
    ).toEqual(read);
    expect(readArchive("x.tar.gz", tarOf(files))).toEqual(read);
  });

  it.each(["x.zip", "x.tar.gz"])("refuses bytes that are no %s", (name) => {
    expect(() => readArchive(name, Buffer.from("no archive"))).toThrow(InputError);
    expect(() => readArchive(name, Buffer.from("no archive"))).toThrow(`${name} cannot be unpacked`);
  });
});

describe("a task over an archive", () => {
  it("ddi: the zip gives what the unpacked folder gives, and a Finder's leavings and the third folder are passed over", () => {
    const { load } = getTask("ddi");
    const more = {
      "DDICorpus/.DS_Store": "\u0000",
      "DDICorpus/Test/Test for DDI Extraction task/DrugBank/.DS_Store": "\u0000",
      "DDICorpus/Test/Test for DrugNER task/DrugBank/other.xml": "not read",
    };
    const bytes = zipOf({ ...miniFiles("ddi/DDICorpus-2013.zip"), ...more });
    const source = { text: () => "", entries: (name: string) => readArchive(name, bytes) };
    for (const split of splits) expect(load(source, split)).toEqual(load(miniSource, split));
  });

  it("hoc: the user's own tar.gz, with or without a folder around text and labels, under either name, with its checksum", () => {
    const files = miniFiles("hoc/hoc.tar.gz");
    const bare = Object.fromEntries(Object.entries(files).map(([path, text]) => [`./${path}`, text]));
    const wrapped = Object.fromEntries(Object.entries(files).map(([path, text]) => [`hoc/${path}`, text]));
    for (const [name, content] of [
      ["hoc.tar.gz", bare],
      ["hoc-even.tar.gz", wrapped],
    ] as const) {
      const from = join(scratch, name);
      mkdirSync(join(from, "hoc"), { recursive: true });
      const bytes = tarOf(content);
      writeFileSync(join(from, "hoc", name), bytes);
      const opened = openTask({ taskId: "hoc", from });
      expect(opened).toMatchObject({ origin: "original", files: [{ name: "hoc/hoc.tar.gz", sha256: sha256(bytes) }] });
      expect(opened.items).toEqual(openTask({ taskId: "hoc" }).items);
    }
  });

  it("is pulled under the name that the task knows it by", async () => {
    const from = join(scratch, "mine");
    mkdirSync(join(from, "hoc"), { recursive: true });
    writeFileSync(join(from, "hoc", "hoc-even.tar.gz"), tarOf(miniFiles("hoc/hoc.tar.gz")));
    const [pulled] = await pullBenchmarks({ tasks: ["hoc"], from });
    expect(pulled).toMatchObject({
      name: "hoc/hoc.tar.gz",
      how: "copied",
      path: join(scratch, "cache", "benchmarks", "hoc", "hoc.tar.gz"),
    });
    expect(openTask({ taskId: "hoc" }).origin).toBe("original");
  });

  it("does not take a folder for an original: the mini set is unpacked, and says that it is the mini set", () => {
    cpSync(join(miniFolder, "hoc"), join(scratch, "mine", "hoc"), { recursive: true });
    expect(openTask({ taskId: "hoc", from: join(scratch, "mine") }).origin).toBe("mini");
  });
});
