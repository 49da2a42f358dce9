// Opens a task on the best data there is: the original files, else the project's mini set, and says which.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError, projectRoot, sha256 } from "../../runtime/index.js";
import { readArchive, readUnpacked, unpackedFolder } from "../data/archive.js";
import { decodeText } from "../data/decode-text.js";
import { findBenchmarkFile } from "../data/find.js";
import { readBenchmarkFile } from "../data/read.js";
import { getTask } from "./registry.js";
import type { BenchmarkFile, BenchmarkTask, SourceFiles, Split, TaskItem } from "./task.js";

/** A task by its id, or one that is in no registry yet. */
export type OpenTaskOptions = ({ taskId: string } | { task: BenchmarkTask }) & {
  /** A folder of benchmark files; default `SELFSPEC_BENCHMARKS`. */
  from?: string;
};

/** A file that a task was read from, by what is in it: another person compares it with the own one. */
export interface SourceFile {
  name: string;
  /** Of the bytes as they lie in the source, without a `.gz` around them. */
  sha256: string;
  bytes: number;
}

export interface OpenedTask {
  task: BenchmarkTask;
  /** What is scored and what may stand in prompts, in file order. */
  items: Record<Split, TaskItem[]>;
  /** `mini`: scores on it compare with nothing; say so wherever they are shown. */
  origin: "original" | "mini";
  /** What was read, to be kept with the results: of an archive of the mini set, the files of its folder. */
  files: SourceFile[];
  /** With `mini`, the sentence that tells the user why and what to do. */
  notice?: string;
}

const sourceFile = (name: string, bytes: Buffer): SourceFile => ({ name, sha256: sha256(bytes), bytes: bytes.length });

/** Reads a folder that has a task's files under their names, and its archives unpacked, as the mini set has. */
export const folderSource = (folder: string): SourceFiles => ({
  text: (name) => decodeText(readFileSync(join(folder, name)), name),
  entries: (name) => readUnpacked(unpackedFolder(join(folder, name))),
});

/** Reads the original files, each once. */
function originalSource(files: readonly { file: BenchmarkFile; path: string }[]): SourceFiles & Pick<OpenedTask, "files"> {
  const bytesByName = new Map(files.map(({ file, path }) => [file.name, readBenchmarkFile(file, path)]));
  return {
    text: (name) => decodeText(bytesByName.get(name)!, name),
    entries: (name) => readArchive(name, bytesByName.get(name)!),
    files: [...bytesByName].map(([name, bytes]) => sourceFile(name, bytes)),
  };
}

const namesOf = (files: readonly BenchmarkFile[]): string => files.map(({ name }) => name).join(", ");

/** How to have the files that are not here. */
const howToObtain = (lacking: readonly BenchmarkFile[]): string =>
  lacking.find(({ url }) => url === undefined)?.obtain ??
  "`npm run selfspec -- data pull` fetches it, --from or SELFSPEC_BENCHMARKS names a folder that has it";

/** The mini set of a task. @throws InputError where it has none, as a task that is in no registry. */
function miniSource({ id, files }: BenchmarkTask, lacking: readonly BenchmarkFile[]): SourceFiles & Pick<OpenedTask, "files"> {
  const folder = join(projectRoot(), "data", "benchmarks");
  const found = files.map(({ name }) => {
    if (existsSync(join(folder, name))) return [sourceFile(name, readFileSync(join(folder, name)))];
    const unpacked = unpackedFolder(name);
    return readUnpacked(join(folder, unpacked)).map(({ path, text }) => sourceFile(`${unpacked}/${path}`, Buffer.from(text)));
  });
  if (found.every(({ length }) => length > 0)) return { ...folderSource(folder), files: found.flat() };
  throw new InputError({ got: `${id} without ${namesOf(lacking)} and without a mini set`, todo: howToObtain(lacking) });
}

/**
 * Loads a task's items. The originals are taken where all of the task's files are in `from`, `SELFSPEC_BENCHMARKS` or the
 * cache; otherwise the mini set in data/benchmarks.
 * @throws InputError for an unknown task, a folder that is none, an original whose checksum is wrong or that cannot be read, or
 * a task without originals and without a mini set.
 */
export function openTask(options: OpenTaskOptions): OpenedTask {
  const task = "task" in options ? options.task : getTask(options.taskId);
  const from = options.from === undefined ? {} : { from: options.from };
  const found: { file: BenchmarkFile; path: string }[] = [];
  const lacking: BenchmarkFile[] = [];
  for (const file of task.files) {
    const path = findBenchmarkFile({ ...file, ...from });
    if (path === undefined) lacking.push(file);
    else found.push({ file, path });
  }
  const open = (source: SourceFiles): Pick<OpenedTask, "task" | "items"> => {
    const items = (split: Split): TaskItem[] =>
      task.load(source, split).filter((item) => !task.requiresEntity || (item.entities?.length ?? 0) > 0);
    return { task, items: { test: items("test"), demonstrations: items("demonstrations") } };
  };
  if (lacking.length === 0) {
    const source = originalSource(found);
    return { ...open(source), origin: "original", files: source.files };
  }
  const notice = `${task.title}: mini set, not the benchmark (${namesOf(lacking)} not found); ${howToObtain(lacking)}`;
  const source = miniSource(task, lacking);
  return { ...open(source), origin: "mini", files: source.files, notice };
}
