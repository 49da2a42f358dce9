// A finished instruction stage judged again with one threshold after the other, from the raw texts it kept: no call.
import type { Ledger } from "../../filter/index.js";
import { rejudgeInstructions } from "../../generate/index.js";
import type { Run } from "../run.js";

export interface JudgedAgain {
  knob: string;
  value: number;
  ledger: Ledger;
}

/** Each value of each knob, the others as they were. @throws InputError where the run has no finished instruction stage. */
export function whatIfGrid(
  run: Run,
  values: { noveltyThreshold?: readonly number[]; minInputWords?: readonly number[] },
): JudgedAgain[] {
  const { noveltyThreshold = [], minInputWords = [] } = values;
  const changes = [
    ...noveltyThreshold.map((value) => ({ knob: "noveltyThreshold" as const, value })),
    ...minInputWords.map((value) => ({ knob: "minInputWords" as const, value })),
  ];
  const directory = run.directory.instructions();
  return changes.map(({ knob, value }) => ({
    knob,
    value,
    ledger: rejudgeInstructions({ directory, changes: { [knob]: value } }).ledger,
  }));
}
