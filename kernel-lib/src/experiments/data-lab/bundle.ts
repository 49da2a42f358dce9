// A run sealed in a file, and the proof that a replay of it is the same run: the hashes of everything a stage leaves.
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type BundleManifest, exportCalls, openCallCache } from "../../endpoint/index.js";
import { homeDirectory, sha256File } from "../../runtime/index.js";
import type { Run } from "../run.js";

export interface SealedRun {
  path: string;
  manifest: BundleManifest;
}

/** Writes the calls of a run into a replay bundle under `.selfspec/data-lab`. @throws as {@link exportCalls}. */
export async function sealRun(run: Run): Promise<SealedRun> {
  const cache = openCallCache();
  try {
    return exportCalls({
      cache,
      path: homeDirectory("data-lab", `${run.config.name}-${run.config.size}.bundle.gz`),
      run: run.directory.path,
    });
  } finally {
    await cache.close();
  }
}

export interface ComparedFile {
  /** Below the run's folder. */
  file: string;
  /** Of the first run, hex. */
  sha256: string;
  same: boolean;
}

/** Rows, rejections, ledgers and the data set of the first run, each held against the second's. */
export async function compareFiles(first: Run, second: Run): Promise<ComparedFile[]> {
  const stages = [first.directory.instructions(), first.directory.responses(), first.directory.dataset()];
  const files = stages
    .flatMap((stage) =>
      ["rows.jsonl", "rejected.jsonl", "ledger.json", "triples.jsonl", "alpaca.json"].map((name) => join(stage, name)),
    )
    .filter((path) => existsSync(path))
    .map((path) => relative(first.directory.path, path));
  return Promise.all(
    files.map(async (file) => {
      const other = join(second.directory.path, file);
      const sha256 = await sha256File(join(first.directory.path, file));
      const same = existsSync(other) && (await sha256File(other)) === sha256;
      return { file: file.split(sep).join("/"), sha256, same };
    }),
  );
}
