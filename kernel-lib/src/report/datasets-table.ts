// Data sets beside each other: a column each, a line a measure.
import { labelBalance, summarise, type Triple } from "../dataset/index.js";
import type { Ledger } from "../filter/index.js";
import { percent } from "./binned-bars.js";
import { type Table, tableFromRecords } from "./table.js";

export interface DatasetColumn {
  label: string;
  domain: string;
  model: string;
  date: string | null;
  triples: readonly Triple[];
  ledgers: { instructions: Ledger; responses: Ledger };
}

/** Rows kept of all that were asked for. */
const yieldOf = ({ in: asked, kept }: Ledger): string => `${kept} of ${asked} (${percent(asked === 0 ? 0 : kept / asked)})`;

function measuresOf({ domain, model, date, triples, ledgers }: DatasetColumn): [string, string][] {
  const { rows, withInput, instructionWords, inputWords, outputWords, distinct1, distinct2 } = summarise(triples);
  const { labelled, entropy, topShare } = labelBalance(triples);
  return [
    ["domain", domain],
    ["written by", model],
    ["made on", date ?? ""],
    ["rows", String(rows)],
    ["… with an input", String(withInput)],
    ["instructions kept", yieldOf(ledgers.instructions)],
    ["answers kept", yieldOf(ledgers.responses)],
    ["words: instruction, mean", instructionWords.mean.toFixed(1)],
    ["words: input, mean", inputWords.mean.toFixed(1)],
    ["words: answer, mean", outputWords.mean.toFixed(1)],
    ["distinct-1 of the instructions", distinct1.toFixed(3)],
    ["distinct-2 of the instructions", distinct2.toFixed(3)],
    ["closed answers", String(labelled)],
    ["… entropy, bits", entropy.toFixed(2)],
    ["… share of the commonest", percent(topShare)],
  ];
}

/** Distinct-n falls with the size of a set: it compares sets of like size only. */
export function datasetsTable(sets: readonly DatasetColumn[]): Table {
  const columns = sets.map((set) => ({ label: set.label, measures: measuresOf(set) }));
  const lines = columns[0]?.measures.map(([measure], line) => ({
    "": measure,
    ...Object.fromEntries(columns.map(({ label, measures }) => [label, measures[line]![1]])),
  }));
  return tableFromRecords("The data sets", lines ?? [], ["Distinct-n falls as a set grows: compare sets of like size."]);
}
