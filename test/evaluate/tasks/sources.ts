// What loaders read from, for tests that call them without opening a task.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readArchive } from "../../../kernel-lib/src/evaluate/data/archive.js";
import { folderSource } from "../../../kernel-lib/src/evaluate/tasks/open-task.js";
import type { SourceFiles } from "../../../kernel-lib/src/evaluate/tasks/task.js";
import { projectRoot } from "../../../kernel-lib/src/runtime/index.js";

export const miniFolder = join(projectRoot(), "data", "benchmarks");
export const miniSource = folderSource(miniFolder);

/** Texts made up by a test, by name. */
export const textSource = (text: (name: string) => string): SourceFiles => ({ text, entries: () => [] });

/** The bytes of files below a folder as they are; texts are unpacked where they are packed. */
export function rawSource(folder: string): SourceFiles {
  const path = (name: string) => join(folder, name);
  return {
    text: (name) =>
      existsSync(path(name)) ? readFileSync(path(name), "utf8") : gunzipSync(readFileSync(path(`${name}.gz`))).toString("utf8"),
    entries: (name) => readArchive(name, readFileSync(path(name))),
  };
}
