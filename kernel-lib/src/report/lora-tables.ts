// The tables of the LoRA notebook: losses on held-out rows, the ablation, speed and memory by setting, and the forms of one adapter.
import { bootstrap, interval95 } from "../evaluate/index.js";
import type { BackendReport } from "../lora/index.js";
import { type AblationPoint, byCombination, mean } from "./figure-ablation.js";
import { type Table, tableFromRecords } from "./table.js";

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const nats = (value: number): string => value.toFixed(3);

export interface HeldOutLosses {
  /** Nats a token of each row's completion, without and with the adapter. */
  before: { losses: readonly number[] };
  after: { losses: readonly number[] };
  /** Completion tokens of each row. */
  targetTokens: readonly number[];
}

/** Mean loss a completion token of the base. */
export function baseLossOf({ before, targetTokens }: HeldOutLosses): number {
  const tokens = targetTokens.reduce((sum, count) => sum + count, 0);
  return before.losses.reduce((sum, loss, row) => sum + loss * targetTokens[row]!, 0) / tokens;
}

/** Loss on the held-out rows before and after, and the paired difference, with bootstrap intervals over rows. */
export function heldOutTable({ before, after, targetTokens }: HeldOutLosses): Table {
  const rows = targetTokens.flatMap((count, row) => [before.losses[row]! * count, after.losses[row]! * count, count]);
  const [base, tuned, difference] = bootstrap({
    ...{ tallies: Float64Array.from(rows), width: 3, key: ["held-out loss"] },
    statistics: [(sums) => sums[0]! / sums[2]!, (sums) => sums[1]! / sums[2]!, (sums) => (sums[1]! - sums[0]!) / sums[2]!],
  }).map(({ value, resampled }) => `${nats(value)} [${interval95(resampled).map(nats).join(", ")}]`);
  const better = targetTokens.filter((_, row) => after.losses[row]! < before.losses[row]!).length;
  return tableFromRecords(
    "Loss on held-out completions, nats a token",
    [
      {
        base: base!,
        "with the adapter": tuned!,
        difference: difference!,
        "rows that got better": `${better} of ${targetTokens.length}`,
      },
    ],
    [
      `95 % bootstrap intervals over n = ${targetTokens.length} rows; the difference is paired. Few rows of one domain, one training.`,
    ],
  );
}

export function ablationTable(rows: readonly (AblationPoint & { parameters: number })[], baseLoss: number): Table {
  const records = byCombination(rows).map(({ targets, rank, rows: own }) => {
    const losses = own.map(({ heldOutLoss }) => heldOutLoss);
    const range = [Math.min(...losses), Math.max(...losses)].map(nats).join("–");
    return {
      ...{ targets, rank, "trained numbers": own[0]!.parameters, trainings: own.length },
      ...{ "held-out loss": nats(mean(losses)), range },
    };
  });
  return tableFromRecords("Held-out loss by rank and targets, nats a token", records, [
    `The untrained base: ${nats(baseLoss)}. Mean and range over trainings that differ in their seed only.`,
  ]);
}

export interface SettingRow {
  backend: string;
  precision: string;
  residency: string;
  refusal?: string;
  measured?: { tokensPerSecond: number; weightBytes: number; predictedBytes: number; grownBytes: number; load: number };
}

export function settingsTable(rows: readonly SettingRow[], about: string): Table {
  const records = rows.map(({ backend, precision, residency, refusal, measured }) => ({
    ...{ backend, precision, weights: residency },
    ...(measured && {
      speed: `${measured.tokensPerSecond} tokens/s`,
      "weights take": megabytes(measured.weightBytes),
      predicted: megabytes(measured.predictedBytes),
      seen: megabytes(measured.grownBytes),
      "seen / predicted": (measured.grownBytes / measured.predictedBytes).toFixed(2),
      "load before": measured.load.toFixed(1),
    }),
    ...(refusal !== undefined && { speed: `refused: ${refusal}` }),
  }));
  return tableFromRecords(`Speed and memory by setting: ${about}`, records, [
    "Fastest step after the first, each setting in a process of its own. Seen: how far the process grew at its peak; above 1 the plan promised too little.",
    "Load before: processes that wanted a core in the minute before, this notebook's own earlier cells among them. Where it is above the number of cores, speeds are lower than they could be.",
  ]);
}

export const backendsTable = (reports: readonly BackendReport[]): Table =>
  tableFromRecords(
    "Backends on this machine, in the order in which they are tried",
    reports.map(({ name, usable, reason }) => ({ backend: name, usable: usable ? "yes" : "no", why: reason })),
  );

export interface FormRow {
  form: string;
  worst: number;
  mean: number;
  sameFirst: number;
  positions: number;
}

export function formsTable(rows: readonly FormRow[]): Table {
  const records = rows.map(({ form, worst, mean: average, sameFirst, positions }) => ({
    form,
    "largest difference": worst.toPrecision(2),
    mean: average.toPrecision(2),
    "same likeliest token": `${sameFirst} of ${positions}`,
  }));
  return tableFromRecords("Log-probabilities against base + PEFT adapter, nats", records, [
    "Over the whole vocabulary after every completion token of a few held-out rows; products in float32.",
  ]);
}
