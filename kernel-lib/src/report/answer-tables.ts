// The tables of answers: how far samples agree, what another way of answering changed, and which passages prompts showed.
import { histogram } from "../dataset/index.js";
import type { Ledger } from "../filter/index.js";
import type { Response } from "../generate/index.js";
import { ledgerTable } from "./report-tables.js";
import { type Table, tableFromRecords } from "./table.js";

/** Rows by how far their samples agree, 0–1, and how often the kept sample is the first one. */
export function agreementTable(answers: readonly Pick<Response, "agreement" | "sample">[]): Table {
  const sampled = answers.filter(({ agreement }) => agreement !== undefined);
  const binned = (rows: typeof sampled) =>
    histogram(
      rows.map(({ agreement }) => agreement!),
      { from: 0, to: 1, bins: 5 },
    );
  const first = binned(sampled.filter(({ sample }) => sample === 0));
  const records = binned(sampled).map(({ from, to, rows }, bin) => ({
    agreement: `${from.toFixed(1)} – ${to.toFixed(1)}`,
    rows,
    "the first sample was kept": first[bin]!.rows,
    "": "█".repeat(rows),
  }));
  return tableFromRecords("How far the samples of an answer agree", records);
}

/** The ledgers of one stage under several settings. */
export const ledgersTable = (ledgers: readonly { setting: string; ledger: Ledger }[]): Table => {
  const table = ledgerTable({ ledgers: ledgers.map(({ setting, ledger }) => ({ ...ledger, stage: setting })) });
  return { ...table, title: "The same tasks, answered in several ways" };
};

export interface ComparisonInput {
  setting: string;
  sameInstructions: boolean;
  same: number;
  changed: readonly unknown[];
  gained: readonly string[];
  lost: readonly string[];
}

export const changesTable = (comparisons: readonly ComparisonInput[], { against }: { against: string }): Table =>
  tableFromRecords(
    `Kept answers, against ${against}`,
    comparisons.map(({ setting, sameInstructions, same, changed, gained, lost }) => ({
      setting,
      "instructions, byte by byte": sameInstructions ? "the same" : "others",
      "same answer": same,
      "another answer": changed.length,
      "kept only now": gained.length,
      "kept only before": lost.length,
    })),
  );

/** Passages by id; their texts stay in the corpus. */
export function passagesTable(answers: readonly Pick<Response, "instructionId" | "passages" | "passageUse">[]): Table {
  const shown = answers.filter(({ passages }) => passages !== undefined && passages.length > 0);
  const used = shown.filter(({ passageUse = 0 }) => passageUse > 0).length;
  const records = shown.flatMap(({ instructionId, passages = [], passageUse }) =>
    passages.map(({ id, rank, score }) => ({
      task: instructionId,
      rank,
      passage: id,
      "BM25 score": score.toFixed(2),
      "passage use": rank === 1 && passageUse !== undefined ? passageUse.toFixed(2) : "",
    })),
  );
  return tableFromRecords("Passages that the prompts showed", records, [
    `Passage use: the share of the answer's content words that stand in a passage and not in the task; above 0 in ${used} of ${shown.length} answers.`,
  ]);
}
