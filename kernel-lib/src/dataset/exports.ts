// The data set in the forms that other trainers read.
import { writeAtomic, writeJsonl } from "../runtime/index.js";
import type { Triple } from "./triple.js";

/** One JSON array of {instruction, input, output}, as Stanford Alpaca's data file is laid out. */
export function exportAlpaca({ triples, path }: { triples: readonly Triple[]; path: string }): void {
  const rows = triples.map(({ instruction, input, output }) => ({ instruction, input, output }));
  writeAtomic(path, `${JSON.stringify(rows, null, 2)}\n`);
}

/** One triple a line, lineage included. */
export function exportJsonl({ triples, path }: { triples: readonly Triple[]; path: string }): void {
  writeJsonl(path, triples);
}
