// Where a benchmark's original file lies: the user's folder first, then the cache.
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheDirectory, InputError } from "../../runtime/index.js";
import type { BenchmarkFile } from "../tasks/task.js";

/**
 * The user's folder of benchmark files: `from` (`--from`), else `SELFSPEC_BENCHMARKS`, else none.
 * @throws InputError where it was given and is no folder.
 */
export function benchmarkFolder(from?: string): string | undefined {
  const fromEnvironment = from === undefined;
  const folder = from ?? (process.env.SELFSPEC_BENCHMARKS || undefined);
  if (folder === undefined) return undefined;
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return resolve(folder);
  throw new InputError({
    got: `${fromEnvironment ? "SELFSPEC_BENCHMARKS" : "--from"} is ${folder}, which is no folder`,
    allowed: "a folder that holds ncbi-disease/test.tsv and the like, directly or under raw/",
    todo: "correct it or leave it out",
  });
}

/** The file inside the user's folder, directly or under `raw/`, packed by gzip or not. */
export function findInFolder(folder: string, file: NamedFile): string | undefined {
  return ["", "raw"].flatMap((below) => namesOf(file).map((name) => join(folder, below, name))).find((path) => existsSync(path));
}

/** Where `pullBenchmarks` puts a file, and where a user may put it by hand. */
export const cachedBenchmarkFile = (name: string): string => cacheDirectory("benchmarks", name);

/** A file as finding it needs to know it. */
export type NamedFile = Pick<BenchmarkFile, "name" | "aliases">;

/** The names of a file in the order in which they are looked for, each as it is and packed by gzip. */
const namesOf = ({ name, aliases = [] }: NamedFile): string[] => [name, ...aliases].flatMap((known) => [known, `${known}.gz`]);

/** The file in the cache, under any of its names. */
export const findInCache = (file: NamedFile): string | undefined =>
  namesOf(file)
    .map(cachedBenchmarkFile)
    .find((path) => existsSync(path));

export interface FoundFile {
  path: string;
  /** `folder`: the one that `from` or `SELFSPEC_BENCHMARKS` names. */
  place: "folder" | "cache";
}

/**
 * Where an original file lies, by its name such as `ncbi-disease/test.tsv` or an alias of it; undefined where it is nowhere.
 * Says nothing of its content: see {@link readBenchmarkFile}.
 * @throws InputError where `from` or `SELFSPEC_BENCHMARKS` is no folder.
 */
export function locateBenchmarkFile({ from, ...file }: NamedFile & { from?: string }): FoundFile | undefined {
  const folder = benchmarkFolder(from);
  const inFolder = folder === undefined ? undefined : findInFolder(folder, file);
  if (inFolder !== undefined) return { path: inFolder, place: "folder" };
  const inCache = findInCache(file);
  return inCache === undefined ? undefined : { path: inCache, place: "cache" };
}

/** Its path alone: see {@link locateBenchmarkFile}. */
export const findBenchmarkFile = (file: NamedFile & { from?: string }): string | undefined => locateBenchmarkFile(file)?.path;
