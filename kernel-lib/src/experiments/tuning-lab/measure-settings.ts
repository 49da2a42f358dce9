// Speed and memory of a few steps by backend, precision and residency, each in a fresh process: the plan's figure beside the one seen.
import { rmSync } from "node:fs";
import { loadavg } from "node:os";
import { type BackendReport, type Precision, readTrainingLog } from "../../lora/index.js";
import { InputError, RunError, StoppedError, startStage } from "../../runtime/index.js";
import { labTraining, type TuningLab } from "./lab.js";
import { type JobOptions, startJob } from "./start-job.js";

export interface Setting {
  backend: string;
  precision: Precision;
  residency: "resident" | "quantised";
}

export interface MeasuredSetting extends Setting {
  /** Why there is nothing else. */
  refusal?: string;
  measured?: {
    /** Of the fastest step after the first, which builds kernels. */
    tokensPerSecond: number;
    /** Of the frozen matrices, by plan. */
    weightBytes: number;
    /** What the training was planned to need, and how far the process grew beyond its size with the backend loaded. */
    predictedBytes: number;
    grownBytes: number;
    /** Processes that wanted a core, before the steps: the mean of a minute, by the system. */
    load: number;
  };
}

/**
 * What can be tried with the backends that are usable here. Plain JavaScript is left out: a step of a real model takes minutes.
 */
export function possibleSettings(backends: readonly BackendReport[]): Setting[] {
  const usable = backends.filter(({ usable, name }) => usable && name !== "cpu");
  return usable.flatMap(({ name: backend }): Setting[] => {
    const plain = { backend, precision: "float32", residency: "resident" } as const;
    if (backend !== "tensorflow") return [plain];
    const precisions = ["float32", "bfloat16x3", "bfloat16"] as const;
    return [
      ...precisions.map((precision) => ({ ...plain, precision })),
      { ...plain, precision: "bfloat16", residency: "quantised" },
    ];
  });
}

/** Which backends there are, found out in a process of its own. */
export const findBackends = (options: JobOptions = {}): Promise<BackendReport[]> => startJob("backends", null, options);

async function measureOne(lab: TuningLab, setting: Setting, signal: AbortSignal | undefined): Promise<MeasuredSetting> {
  const { backend, precision, residency } = setting;
  const { steps, batchSize } = lab.size.measured;
  const own = { ...lab, heldOut: [] };
  const job = labTraining(own, { backend, options: { steps, batchSize, precision, residency } });
  rmSync(job.directory, { recursive: true, force: true }); // a speed is that of today
  const load = loadavg()[0]!;
  try {
    const [finished] = await startJob("train", [job], { signal });
    const { result, startBytes, peakBytes } = finished!;
    const timed = readTrainingLog(job.directory).slice(1);
    const tokensPerSecond = timed.reduce((most, step) => Math.max(most, step.tokensPerSecond), 0);
    const { weightBytes, neededBytes } = result.memory;
    const memory = { weightBytes, predictedBytes: neededBytes, grownBytes: peakBytes - startBytes };
    return { ...setting, measured: { tokensPerSecond, ...memory, load } };
  } catch (error) {
    if (error instanceof StoppedError || !(error instanceof RunError || error instanceof InputError)) throw error;
    return { ...setting, refusal: error.message };
  } finally {
    rmSync(job.directory, { recursive: true, force: true });
  }
}

/** One after the other, each in a process that is started for it. A setting that is refused keeps its reason. */
export async function measureSettings(
  lab: TuningLab,
  { settings, onProgress, signal }: JobOptions & { settings: readonly Setting[] },
): Promise<MeasuredSetting[]> {
  const watch = startStage("settings", onProgress);
  const rows: MeasuredSetting[] = [];
  for (const setting of settings) {
    const { backend, precision, residency } = setting;
    watch.update({
      done: rows.length,
      total: settings.length,
      unit: "settings",
      message: `${backend} ${precision} ${residency}`,
    });
    rows.push(await measureOne(lab, setting, signal));
  }
  watch.update({ done: rows.length, total: settings.length, unit: "settings" });
  watch.finish();
  return rows;
}
