// The files of a corpus: what a path or a folder holds that can be read, each under the name that its passages carry.
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, extname, join, resolve, sep } from "node:path";
import { InputError } from "../runtime/index.js";

export const readableTypes = [".txt", ".md", ".jsonl", ".parquet"];

export interface SourceFile {
  /** The path or folder that was named, resolved: what vanishes from it goes from the corpus too. */
  root: string;
  /** Path within a folder, or the file's own name; with slashes on every system. */
  name: string;
  path: string;
  bytes: number;
}

const isReadable = (path: string): boolean => readableTypes.includes(extname(path).toLowerCase());

/** The files of one path or folder, in name order. @throws InputError where there is none that can be read. */
export function corpusFiles(source: string): SourceFile[] {
  if (!existsSync(source))
    throw new InputError({
      got: `corpus ${source} does not exist`,
      allowed: `"wordnet", a file or folder of ${readableTypes.join(", ")}, or a corpus built before`,
      todo: "check the path",
    });
  const isFolder = statSync(source).isDirectory();
  const names = isFolder
    ? readdirSync(source, { recursive: true, encoding: "utf8" }).filter(isReadable).sort()
    : [basename(source)].filter(isReadable);
  if (names.length === 0)
    throw new InputError({
      got: isFolder ? `corpus folder ${source} holds nothing to read` : `corpus ${source} has an unknown type`,
      allowed: `${readableTypes.join(", ")} files`,
      todo: "convert it",
    });
  return names
    .map((name) => ({ name: name.split(sep).join("/"), path: isFolder ? join(source, name) : source }))
    .map(({ name, path }) => ({ root: resolve(source), name, path, bytes: statSync(path).size }))
    .filter(({ path }) => statSync(path).isFile());
}

/** The files of several sources. @throws InputError where two of them would have the same name, and so the same passage ids. */
export function allCorpusFiles(sources: readonly string[]): SourceFile[] {
  const byName = new Map<string, SourceFile>();
  for (const file of sources.flatMap(corpusFiles)) {
    const other = byName.get(file.name);
    if (other && other.path !== file.path)
      throw new InputError({
        got: `two files named ${file.name}: in ${other.root} and ${file.root}`,
        allowed: "names that differ, because passages are named after their file",
        todo: "rename one, or give the folder that holds both",
      });
    byName.set(file.name, file);
  }
  return [...byName.values()];
}
