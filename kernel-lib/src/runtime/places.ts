// Where things live: big downloads in the user's cache (shared by all checkouts), runs under `.selfspec/` at the root.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's root: the folder that holds `kernel-lib`, whether this file runs from `src` or `dist`. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "kernel-lib", "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the kernel-lib folder was moved out of its checkout");
    folder = parent;
  }
  return folder;
}

/** Models, libraries, benchmarks: `SELFSPEC_CACHE`, else `$XDG_CACHE_HOME/selfspec`, else `~/.cache/selfspec`. */
export function cacheDirectory(...parts: string[]): string {
  const base = process.env.SELFSPEC_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "selfspec");
  return resolve(base, ...parts);
}

/** Runs and servers: `SELFSPEC_HOME`, else `.selfspec/` at the checkout's root. */
export function homeDirectory(...parts: string[]): string {
  return resolve(process.env.SELFSPEC_HOME ?? join(projectRoot(), ".selfspec"), ...parts);
}
