// The tasks there are. A new one is a file of its own and a line here.
import { InputError } from "../../runtime/index.js";
import { anatem } from "./anatem.js";
import { bioasqFactoid } from "./bioasq-factoid.js";
import { bioasqList } from "./bioasq-list.js";
import { bioasqYesno } from "./bioasq-yesno.js";
import { bionlp13cg } from "./bionlp13cg.js";
import { ddi } from "./ddi.js";
import { finNer } from "./fin-ner.js";
import { finqa } from "./finqa.js";
import { fiqaSa } from "./fiqa-sa.js";
import { headlines } from "./headlines.js";
import { hoc } from "./hoc.js";
import { medicalDrugs } from "./medical-drugs.js";
import { ncbiDisease } from "./ncbi-disease.js";
import { phrasebank } from "./phrasebank.js";
import { pubmedqa } from "./pubmedqa.js";
import { pubmedqaLong } from "./pubmedqa-long.js";
import type { BenchmarkTask } from "./task.js";
import { tatqa } from "./tatqa.js";

export const benchmarkTasks: readonly BenchmarkTask[] = [
  bioasqFactoid,
  bioasqList,
  bioasqYesno,
  anatem,
  bionlp13cg,
  ncbiDisease,
  pubmedqa,
  pubmedqaLong,
  ddi,
  medicalDrugs,
  hoc,
  phrasebank,
  fiqaSa,
  headlines,
  finNer,
  finqa,
  tatqa,
];

/**
 * The task of this id.
 * @throws InputError listing the ids there are.
 */
export function getTask(id: string): BenchmarkTask {
  const task = benchmarkTasks.find((candidate) => candidate.id === id);
  if (task) return task;
  throw new InputError({
    got: `unknown task "${id}"`,
    allowed: benchmarkTasks.map((known) => known.id).join(", "),
    todo: "check the spelling",
  });
}
