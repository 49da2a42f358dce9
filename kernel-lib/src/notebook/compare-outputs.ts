// Do the committed outputs still say what the notebook says today? Compares two notebooks cell by cell, leaving out what must differ.
import { type CodeCell, type Notebook, notebookSchema, type Output } from "./nbformat.js";
import { cleanText, normalForm } from "./normal-form.js";

/** Leaves out what differs from run to run: dates, durations, speeds. */
function sanitise(text: string): string {
  return cleanText(text)
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( UTC|Z)?/g, "DATE")
    .replace(/\d+(\.\d+)?( and \d+(\.\d+)?)? (tok\/s|tokens\/s)/g, "SPEED")
    .trimEnd();
}

function summary(output: Output): string {
  if (output.output_type === "stream") return `${output.name}: ${sanitise(output.text)}`;
  if (output.output_type === "error") return `error: ${output.evalue}`;
  const text = output.data["text/plain"];
  const plain = Array.isArray(text) ? text.join("") : String(text ?? "");
  return `${Object.keys(output.data).sort().join(", ")}: ${sanitise(plain)}`;
}

/** In normal form, where a stream's pieces are joined. */
function codeCells(notebook: Notebook): CodeCell[] {
  const { cells } = notebookSchema.parse(JSON.parse(normalForm(notebook)));
  return cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
}

/** One line a code cell whose kinds of output or plain text differ. */
export function compareOutputs(committed: Notebook, fresh: Notebook): string[] {
  const now = codeCells(fresh);
  return codeCells(committed).flatMap((cell, index) => {
    const [before, after] = [cell.outputs, now[index]?.outputs ?? []].map((outputs) => outputs.map(summary).join("\n"));
    return before === after ? [] : [`cell ${index + 1} (${cell.id}): the committed outputs are not those of this run`];
  });
}
