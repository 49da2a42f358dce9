// Which benchmark files are here, and whether they are the pinned ones.
import { readFileSync } from "node:fs";
import { sha256 } from "../../runtime/index.js";
import type { BenchmarkFile } from "../tasks/task.js";
import { findBenchmarkFile } from "./find.js";
import { filesOfTasks } from "./select.js";

export interface BenchmarkFileState extends BenchmarkFile {
  /** `changed`: there, with other bytes than the pinned ones. */
  state: "ok" | "missing" | "changed";
  /** Where it was found. */
  path?: string;
}

/** The state of one file, by reading it whole. */
export function checkFile(file: BenchmarkFile, from?: string): BenchmarkFileState {
  const path = findBenchmarkFile({ name: file.name, ...(from !== undefined && { from }) });
  if (path === undefined) return { ...file, state: "missing" };
  return { ...file, state: sha256(readFileSync(path)) === file.sha256 ? "ok" : "changed", path };
}

/**
 * The state of every file of `tasks` (ids; all by default).
 * @throws InputError for an unknown task or a `from` that is no folder.
 */
export function checkBenchmarks({ tasks, from }: { tasks?: readonly string[]; from?: string } = {}): BenchmarkFileState[] {
  return filesOfTasks(tasks).map((file) => checkFile(file, from));
}
