// One process a run directory. The lock names its owner by pid and start time, so it survives `kill -9` of the owner:
// a lock whose owner is gone is taken over.
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "./errors.js";

interface Owner {
  pid: number;
  /** Clock ticks after boot (field 22 of /proc/pid/stat); tells a reused pid from the owner. Empty where there is no /proc. */
  started: string;
}

/** State and start time of a process, from /proc; undefined where there is none to ask. */
function processState(pid: number): { state: string; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", started: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

const startedAt = (pid: number): string => processState(pid)?.started ?? "";

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  if (owner.started === "") return true;
  const found = processState(owner.pid);
  // A killed process whose parent has not looked yet is a zombie (Z): it owns nothing any more.
  return found !== undefined && found.started === owner.started && !["Z", "X"].includes(found.state);
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock of a directory; returns the function that gives it back.
 * @throws InputError when a living process holds it.
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, ".lock");
  const claim = `${path}.${process.pid}`;
  writeFileSync(claim, JSON.stringify({ pid: process.pid, started: startedAt(process.pid) } satisfies Owner));
  closeSync(openSync(claim, "r+"));
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        linkSync(claim, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = readOwner(path);
      if (owner && isAlive(owner))
        throw new InputError({
          got: `${directory} is in use by process ${owner.pid}`,
          allowed: "one process a run directory",
          todo: "wait for it, stop it, or choose another directory with --dir",
        });
      rmSync(path, { force: true });
    }
    throw new InputError({ got: `the lock of ${directory} keeps changing hands`, todo: "start one process a run directory" });
  } finally {
    rmSync(claim, { force: true });
  }
}
