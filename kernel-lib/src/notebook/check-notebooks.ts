// `selfspec notebooks check`: what must hold of a committed notebook, without running it.
import { readFileSync, statSync } from "node:fs";
import { InputError } from "../runtime/index.js";
import { checkTypes } from "./check-types.js";
import { type Notebook, readNotebook } from "./nbformat.js";
import { normalForm } from "./normal-form.js";

export interface NotebookProblem {
  path: string;
  problem: string;
}

const sizeLimit = 1_000_000;
const absolutePath =
  /(?:^|[\s"'(=:])((?:\/(?:home|root|Users|tmp|work|mnt|opt|var)|[A-Za-z]:\\\\?(?:Users|home))[/\\][^\s"'<>)]*)/;
const secret = /\b(?:sk-[A-Za-z0-9]{20,}|hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|Bearer [A-Za-z0-9._-]{20,})/;

function staticProblems(path: string, notebook: Notebook): string[] {
  const problems: string[] = [];
  const text = readFileSync(path, "utf8");
  if (text !== normalForm(notebook)) problems.push("not in normal form; selfspec notebooks run --write puts it there");
  if (statSync(path).size > sizeLimit) problems.push(`${statSync(path).size} bytes; at most ${sizeLimit}`);
  const ids = notebook.cells.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) problems.push(`the cell id ${twice} stands twice`);
  const { kernelspec } = notebook.metadata as { kernelspec?: { name?: string } };
  if (kernelspec?.name !== "tslab") problems.push(`kernelspec ${kernelspec?.name ?? "missing"}; must be tslab`);
  notebook.cells.forEach((cell, index) => {
    const where = `cell ${index + 1} (${cell.id})`;
    if (cell.source.trim() === "") problems.push(`${where} is empty`);
    if (cell.cell_type !== "code") return;
    if (cell.outputs.some(({ output_type }) => output_type === "error")) problems.push(`${where} holds an error output`);
    const tags = cell.metadata.tags;
    if (Array.isArray(tags) && tags.includes("raises-exception"))
      problems.push(`${where} is tagged raises-exception; use expectError`);
    const readable = JSON.stringify([cell.source, cell.outputs], (key, value) => (key === "image/png" ? undefined : value));
    const path = absolutePath.exec(readable)?.[1];
    if (path !== undefined) problems.push(`${where} holds an absolute path: ${path}`);
    if (secret.test(readable)) problems.push(`${where} holds what looks like a key`);
  });
  return problems;
}

/**
 * Checks form, size, ids, kernelspec, outputs and types of notebooks; an empty list means all is well.
 * @param options.types also type-check the cells against the built kernel-lib (default true).
 */
export async function checkNotebooks({
  files,
  types = true,
}: {
  files: readonly string[];
  types?: boolean;
}): Promise<NotebookProblem[]> {
  const problems: NotebookProblem[] = [];
  for (const path of files) {
    try {
      const notebook = readNotebook(path);
      const found = [...staticProblems(path, notebook), ...(types ? await checkTypes(path, notebook) : [])];
      problems.push(...found.map((problem) => ({ path, problem })));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push({ path, problem: error.message });
    }
  }
  return problems;
}
