// The paper's pipeline, stage by stage, in the order in which data flows. Every stage keeps its rows on disk, is a no-op when it is
// finished and continues when it was stopped, so the corridor can be walked again from its beginning at any time.
import { cpus, totalmem } from "node:os";
import { clock, type OnProgress, startStage, throwIfStopped } from "../runtime/index.js";
import { countTaskKinds } from "../seeds/index.js";
import { checkSeeds, seedsOf } from "./choose-seeds.js";
import type { RunConfig } from "./config.js";
import { makeDatasets } from "./dataset-stage.js";
import { evaluateSystems } from "./evaluate-stage.js";
import { writeInstructions, writeResponses } from "./generate-stage.js";
import { tuneSystems } from "./lora-stage.js";
import { ModelHost } from "./model-host.js";
import { checkSpendCap, forecastMoney } from "./money-forecast.js";
import { pricesOf, uncountedServers } from "./priced-servers.js";
import { writeRunReport } from "./report-stage.js";
import type { RunDirectory } from "./run-directory.js";
import { type SpendWatch, watchSpending } from "./spend-watch.js";
import type { Walk } from "./walk.js";

export const stageNames = ["seeds", "instructions", "responses", "dataset", "lora", "evaluate", "report"] as const;
export type StageName = (typeof stageNames)[number];

/** The money is watched where the experiment names prices; who has none is told. */
function spendWatchOf(config: RunConfig, onProgress: OnProgress | undefined): SpendWatch | undefined {
  const [prices, forecast] = [pricesOf(config), forecastMoney(config)];
  if (prices === undefined || forecast === undefined) return undefined;
  const uncounted = uncountedServers(config);
  if (uncounted.length > 0)
    startStage("money", onProgress).finish(`not counted and not capped, for want of prices: ${uncounted.join(", ")}`);
  return watchSpending({ prices, cap: config.endpoint.spendCap, forecast });
}

/**
 * Walks the corridor up to and including `until`.
 * @throws StoppedError on abort, with all finished rows and the last checkpoint kept; InputError and RunError as the stages say.
 */
export async function walkCorridor(options: {
  config: RunConfig;
  directory: RunDirectory;
  until?: StageName;
  /** A replay bundle that answers in place of any model, for the stages up to the data set. */
  replay?: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}): Promise<void> {
  const { config, directory, until = "report", replay, signal } = options;
  checkSpendCap(config);
  const spending = spendWatchOf(config, options.onProgress);
  const host = new ModelHost({ config, directory, replay, meter: spending, onProgress: options.onProgress, signal });
  const onProgress = spending ? spending.watch(options.onProgress) : options.onProgress;
  const walk: Walk = { config, directory, host, onProgress, signal };
  const last = stageNames.indexOf(until);
  const evaluate = stageNames.indexOf("evaluate");
  const step = async (name: StageName, work: () => unknown): Promise<void> => {
    if (stageNames.indexOf(name) > last || (config.adaptersFrom !== null && stageNames.indexOf(name) < evaluate)) return;
    throwIfStopped(signal, name);
    const began = clock.elapsed();
    try {
      await work();
    } finally {
      directory.addSeconds(name, (clock.elapsed() - began) / 1000);
    }
  };
  directory.remember({ machine: `${cpus().length} cores, ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB` });
  try {
    await step("seeds", () => {
      const watch = startStage("seeds", onProgress);
      checkSeeds(walk);
      const seeds = seedsOf(walk);
      watch.finish(`${seeds.length} (${countTaskKinds(seeds).size} task kinds)`);
    });
    await step("instructions", () => writeInstructions(walk));
    await step("responses", () => writeResponses(walk));
    await step("dataset", () => makeDatasets(walk));
    await step("lora", () => tuneSystems(walk));
    await step("evaluate", () => evaluateSystems(walk));
    await step("report", () => writeRunReport(walk));
  } finally {
    await host.close();
  }
}
