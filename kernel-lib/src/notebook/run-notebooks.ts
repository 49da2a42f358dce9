// `selfspec notebooks run`: runs notebooks and writes their outputs back in normal form, or compares them with what is committed.
import { writeAtomic } from "../runtime/index.js";
import { compareOutputs } from "./compare-outputs.js";
import { readNotebook } from "./nbformat.js";
import { normalForm } from "./normal-form.js";
import { type NotebookRun, type RunNotebookOptions, runNotebook } from "./run-notebook.js";

export interface RunNotebooksOptions extends Omit<RunNotebookOptions, "path"> {
  files: readonly string[];
  /** Write the outputs of a run without failures back into the file. A failed run changes nothing. */
  write?: boolean;
  /** Compare the outputs with the committed ones; a difference makes the run not ok. */
  check?: boolean;
}

export interface NotebookOutcome extends NotebookRun {
  /** With `check`: a line a cell that differs. */
  differences: string[];
}

/** Runs the files one after the other; each outcome says if it is ok. Throws only what `runNotebook` throws. */
export async function runNotebooks({
  files,
  write = false,
  check = false,
  ...options
}: RunNotebooksOptions): Promise<NotebookOutcome[]> {
  const outcomes: NotebookOutcome[] = [];
  for (const path of files) {
    const run = await runNotebook({ path, ...options });
    const differences = check && run.ok ? compareOutputs(readNotebook(path), run.notebook) : [];
    if (write && run.ok) writeAtomic(path, normalForm(run.notebook));
    outcomes.push({ ...run, ok: run.ok && differences.length === 0, differences });
  }
  return outcomes;
}
