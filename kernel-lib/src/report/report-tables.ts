// The smaller tables of a report: the ledgers, the stages' times, and a sample of what was written, kept and thrown away.
import type { ReportInput } from "./report-input.js";
import { type Table, tableFromRecords } from "./table.js";

const keptSampleSize = 10;
const rejectedSampleSize = 5;

/** Seconds as a person reads them: "0.4 s", "48 s", "3 min 07 s", "1 h 02 min". */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export function stagesTable({ stages }: Pick<ReportInput, "stages">): Table {
  const total = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  const rows = [...stages, { stage: "in all", seconds: total }];
  return tableFromRecords(
    "Time a stage",
    rows.map(({ stage, seconds }) => ({ stage, time: formatSeconds(seconds) })),
  );
}

export function ledgerTable({ ledgers }: Pick<ReportInput, "ledgers">): Table {
  const rejected = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
      .map(([rule, count]) => `${count} ${rule}`)
      .join(", ");
  return tableFromRecords(
    "Every row that was written",
    ledgers.map((ledger) => ({
      stage: ledger.stage,
      in: ledger.in,
      kept: ledger.kept,
      rejected: Object.values(ledger.rejected).reduce((sum, count) => sum + count, 0),
      "by rule": rejected(ledger.rejected),
      failed: ledger.failed,
    })),
    ["in = kept + rejected + failed"],
  );
}

export function keptTable({ triples }: Pick<ReportInput, "triples">): Table {
  const sample = triples.slice(0, keptSampleSize);
  return tableFromRecords(
    `The first ${sample.length} of ${triples.length} kept rows`,
    sample.map(({ id, instruction, input, output }) => ({ id, instruction, input, output })),
    ["Written by the model, not checked by anyone: expect invented facts."],
  );
}

/** One rejection a rule first, then the next of each, so that the sample shows as many rules as it can. */
export function rejectedTable({ rejections }: Pick<ReportInput, "rejections">): Table {
  const seen = new Map<string, number>();
  const ranked = rejections.map((rejection) => {
    const rank = seen.get(rejection.rule) ?? 0;
    seen.set(rejection.rule, rank + 1);
    return { rejection, rank };
  });
  const sample = ranked.sort((a, b) => a.rank - b.rank).slice(0, rejectedSampleSize);
  return tableFromRecords(
    `${sample.length} of ${rejections.length} rejected rows`,
    sample.map(({ rejection }) => ({
      id: rejection.id,
      stage: rejection.stage,
      rule: rejection.rule,
      score: rejection.score === undefined ? "" : rejection.score.toFixed(2),
      row: JSON.stringify(rejection.row),
    })),
  );
}
