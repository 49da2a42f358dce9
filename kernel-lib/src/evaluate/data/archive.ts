// The text files of an archive: a .zip, a .tar.gz, or the folder that either was unpacked to.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import { parseTar } from "nanotar";
import { InputError } from "../../runtime/index.js";
import type { ArchiveEntry } from "../tasks/task.js";
import { decodeText } from "./decode-text.js";

const byPath = (one: ArchiveEntry, other: ArchiveEntry): number => (one.path < other.path ? -1 : 1);

/** Decoded when it is read: archives hold other things than texts, too. */
const entryOf = (archive: string, path: string, bytes: () => Uint8Array): ArchiveEntry => ({
  path,
  get text() {
    return decodeText(bytes(), `${archive}: ${path}`);
  },
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

/** Where an archive of this path was unpacked to by hand: the same path without its ending. */
export const unpackedFolder = (path: string): string => path.replace(/\.(?:zip|tar\.gz|tgz)$/, "");

/**
 * Reads every file of an archive from its bytes, in order of path.
 * @throws InputError where they are no such archive.
 */
export function readArchive(name: string, bytes: Buffer): ArchiveEntry[] {
  try {
    const entries = name.endsWith(".zip")
      ? Object.entries(unzipSync(bytes)).map(([path, content]) => entryOf(name, path, () => content))
      : parseTar(gunzipSync(bytes)).flatMap(({ name: path, type, data }) =>
          type === "file" && data ? [entryOf(name, path, () => data)] : [],
        );
    return entries.filter(({ path }) => !path.endsWith("/")).sort(byPath);
  } catch (error) {
    throw new InputError(
      { got: `${name} cannot be unpacked (${(error as Error).message})`, todo: "fetch the file again" },
      { cause: error },
    );
  }
}

/** Reads every file of an unpacked archive, in order of path; none where there is no such folder. */
export function readUnpacked(folder: string): ArchiveEntry[] {
  if (!existsSync(folder)) return [];
  return filesBelow(folder)
    .map((path) => entryOf(folder, relative(folder, path), () => readFileSync(path)))
    .sort(byPath);
}
