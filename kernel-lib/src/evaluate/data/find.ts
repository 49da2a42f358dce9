// Where a benchmark's original file lies: the user's folder first, then the cache.
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheDirectory, InputError } from "../../runtime/index.js";

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
export function findInFolder(folder: string, name: string): string | undefined {
  return [name, `${name}.gz`, join("raw", name), join("raw", `${name}.gz`)]
    .map((relative) => join(folder, relative))
    .find((path) => existsSync(path));
}

/** Where `pullBenchmarks` puts a file, and where a user may put it by hand. */
export const cachedBenchmarkFile = (name: string): string => cacheDirectory("benchmarks", name);

/**
 * The path of an original file, by its name such as `ncbi-disease/test.tsv`; undefined where it is nowhere. Says nothing
 * of its content: see {@link readBenchmarkFile}.
 */
export function findBenchmarkFile({ name, from }: { name: string; from?: string }): string | undefined {
  const folder = benchmarkFolder(from);
  const found = folder && findInFolder(folder, name);
  if (found) return found;
  return existsSync(cachedBenchmarkFile(name)) ? cachedBenchmarkFile(name) : undefined;
}
