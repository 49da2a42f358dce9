// What executions of a run asked for, and what the call cache answered instead.
import { type Table, tableFromRecords } from "./table.js";

export interface CallsRow {
  execution: string;
  needed: number;
  asked: number;
  cached: number;
  saved: { promptTokens: number; completionTokens: number };
}

export const callsTable = (rows: readonly CallsRow[]): Table =>
  tableFromRecords(
    "Calls",
    rows.map(({ execution, needed, asked, cached, saved }) => ({
      ...{ execution, needed, "asked of the model": asked, "from the cache": cached },
      "written tokens saved": saved.completionTokens,
    })),
    ["A finished stage needs none. An answer is the cache's where it was recorded before the execution began."],
  );
