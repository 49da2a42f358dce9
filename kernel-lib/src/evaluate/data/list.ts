// What `selfspec data list` shows: a row a task, and one for the general seeds.
import { generalSeedFile } from "../../seeds/index.js";
import { benchmarkTasks } from "../tasks/registry.js";
import { type BenchmarkFileState, checkFile } from "./check.js";
import { generalSeedsId } from "./select.js";

export interface BenchmarkRow {
  id: string;
  title: string;
  domain: string;
  licence: string;
  /** `owner/name@commit: path`. */
  source: string;
  /** Bytes of all files. */
  bytes: number;
  /** Whether a run would use the originals (`ok`), the mini set (`missing`), or would refuse (`changed`). */
  state: BenchmarkFileState["state"];
  files: BenchmarkFileState[];
}

/**
 * Every benchmark task with its licence, origin, size and whether its files are here.
 * @throws InputError for a `from` that is no folder.
 */
export function listBenchmarks({ from }: { from?: string } = {}): BenchmarkRow[] {
  const general = checkFile(generalSeedFile, from);
  const tasks = benchmarkTasks.map(({ id, title, domain, licence, source, files }): BenchmarkRow => {
    const states = files.map((file) => checkFile(file, from));
    const worst = (["changed", "missing"] as const).find((state) => states.some((file) => file.state === state)) ?? "ok";
    return {
      id,
      title,
      domain,
      licence,
      source: `${source.repository}@${source.commit}: ${source.path}`,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      state: worst,
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
