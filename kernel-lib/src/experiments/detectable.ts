// What an evaluation's items can show, before anything is asked: with how much spread to reckon is read from what was published before.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DetectableOptions, Difference } from "../evaluate/index.js";
import { projectRoot, readJson } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import { evaluationSchema } from "./evaluate-stage.js";
import { comparisonsOf } from "./evaluated-systems.js";
import { openParts } from "./evaluation-parts.js";

/** The committed differences on original benchmark files. */
function publishedDifferences(): Difference[] {
  const results = join(projectRoot(), "data", "results");
  return readdirSync(results)
    .map((name) => join(results, name, "evaluate", "scores.json"))
    .filter(existsSync)
    .flatMap((path) => {
      const { differences, origins } = evaluationSchema.parse(readJson(path));
      return differences.filter(({ taskId }) => origins[taskId]?.origin === "original");
    });
}

/** What `detectableTable` and `detectableDifferences` take, for the table that a configuration declares. */
export function detectableOptions(config: RunConfig): DetectableOptions & { shots: readonly number[] } {
  const { shots } = config.budget;
  return {
    parts: openParts(config).map(({ opened, items }) => ({ task: opened.task, items })),
    comparisonsPerTask: shots.length * comparisonsOf(config).length,
    earlier: publishedDifferences(),
    shots,
  };
}
