// Stage "report": tables, figures and the page, all from what is on disk.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeReport } from "../report/index.js";
import { clock, startStage } from "../runtime/index.js";
import { readResult } from "./run-result.js";
import type { Walk } from "./walk.js";

export async function writeRunReport({
  config,
  directory,
  onProgress,
}: Pick<Walk, "config" | "directory" | "onProgress">): Promise<void> {
  const written = join(directory.report(), "results.json");
  if (existsSync(written) && statSync(written).mtimeMs >= statSync(directory.scores()).mtimeMs) return;
  const watch = startStage("report", onProgress);
  directory.remember({ date: clock.isoDate() });
  const { figures, renderer } = await writeReport({
    directory: directory.report(),
    figuresDirectory: directory.figures(),
    input: readResult(config, directory),
  });
  watch.finish(`${figures.length} figures drawn by ${renderer}`);
}
