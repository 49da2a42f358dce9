// What `selfspec data list` shows: a row a task, and one for the general seeds.
import { generalSeedFile } from "../../seeds/index.js";
import { benchmarkTasks } from "../tasks/registry.js";
import type { BenchmarkTask } from "../tasks/task.js";
import { type BenchmarkFileState, checkFile, type FileState, fileStates } from "./check.js";
import { generalSeedsId } from "./select.js";

export interface BenchmarkRow {
  id: string;
  title: string;
  domain: string;
  /** Whose choice the task is; absent for the general seeds, which are no task. */
  suite?: BenchmarkTask["suite"];
  licence: string;
  /** `owner/name@commit: path`, or who publishes it where the file is the user's own. */
  source: string;
  /** Bytes of all files; of those found where the file is the user's own. */
  bytes: number;
  /** The worst of its files: a run would use the originals (`ok`, `own`), the mini set (`missing`), or would refuse (`changed`). */
  state: FileState;
  /** Where a file is missing that no pull can fetch: what the user does to have it. */
  obtain?: string;
  files: BenchmarkFileState[];
}

const worstOf = (files: readonly BenchmarkFileState[]): FileState =>
  fileStates[Math.max(...files.map(({ state }) => fileStates.indexOf(state)))]!;

const sourceOf = ({ repository, commit, path }: BenchmarkTask["source"]): string =>
  commit === undefined ? `${repository}: ${path}` : `${repository}@${commit}: ${path}`;

/**
 * Every benchmark task with its suite, licence, origin, size and whether its files are here.
 * @throws InputError for a `from` that is no folder.
 */
export function listBenchmarks({ from }: { from?: string } = {}): BenchmarkRow[] {
  const general = checkFile(generalSeedFile, from);
  const tasks = benchmarkTasks.map(({ id, title, domain, suite, licence, source, files }): BenchmarkRow => {
    const states = files.map((file) => checkFile(file, from));
    const obtain = states.find(({ state, url }) => state === "missing" && url === undefined)?.obtain;
    return {
      id,
      title,
      domain,
      suite,
      licence,
      source: sourceOf(source),
      bytes: states.reduce((sum, file) => sum + (file.bytes ?? file.found?.bytes ?? 0), 0),
      state: worstOf(states),
      ...(obtain !== undefined && { obtain }),
      files: states,
    };
  });
  return [
    ...tasks,
    {
      id: generalSeedsId,
      title: "Self-Instruct's seed tasks",
      domain: "general",
      licence: "Apache-2.0",
      source: new URL(generalSeedFile.url).pathname.slice(1),
      bytes: generalSeedFile.bytes,
      state: general.state,
      files: [general],
    },
  ];
}
