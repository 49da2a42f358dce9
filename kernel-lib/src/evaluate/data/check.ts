// Which benchmark files are here, and whether they are the pinned ones.
import { sha256 } from "../../runtime/index.js";
import type { BenchmarkFile } from "../tasks/task.js";
import { type FoundFile, locateBenchmarkFile } from "./find.js";
import { unpackedBytes } from "./read.js";
import { filesOfTasks } from "./select.js";

/** From the best to the worst. `own`: the user's own file, which nothing is known to compare with; `changed`: other bytes than the pinned ones. */
export const fileStates = ["ok", "own", "missing", "changed"] as const;
export type FileState = (typeof fileStates)[number];

/** With where it was found, unless it is missing. */
export interface BenchmarkFileState extends BenchmarkFile, Partial<FoundFile> {
  state: FileState;
  /** Of the unpacked bytes that were found there. */
  found?: { sha256: string; bytes: number };
}

/** The state of one file, by reading it whole. */
export function checkFile(file: BenchmarkFile, from?: string): BenchmarkFileState {
  const place = locateBenchmarkFile({ ...file, ...(from !== undefined && { from }) });
  if (place === undefined) return { ...file, state: "missing" };
  const bytes = unpackedBytes(file, place.path);
  const found = { sha256: sha256(bytes), bytes: bytes.length };
  const state = file.sha256 === undefined ? "own" : found.sha256 === file.sha256 ? "ok" : "changed";
  return { ...file, state, ...place, found };
}

/**
 * The state of every file of `tasks` (ids; all by default).
 * @throws InputError for an unknown task or a `from` that is no folder.
 */
export function checkBenchmarks({ tasks, from }: { tasks?: readonly string[]; from?: string } = {}): BenchmarkFileState[] {
  return filesOfTasks(tasks).map((file) => checkFile(file, from));
}
