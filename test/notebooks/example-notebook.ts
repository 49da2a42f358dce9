// Notebooks made for one test, in a git-ignored folder of the checkout, so that cells find its packages as committed notebooks do.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";

/** Where cells of these notebooks import the built notebook room from. */
export const builtNotebookRoom = "../../../kernel-lib/dist/notebook/index";
export const builtReportRoom = "../../../kernel-lib/dist/report/index";

const kernelspec = { name: "tslab", display_name: "TypeScript (tslab)", language: "typescript" };

export function scratchFolder(): string {
  const parent = join(projectRoot(), ".selfspec", "test");
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, "notebook-"));
}

/** Writes a notebook with these code cells and returns its path. */
export function writeNotebook(sources: readonly string[], folder = scratchFolder(), name = "example.ipynb"): string {
  const path = join(folder, name);
  const cells = sources.map((source, index) => ({
    cell_type: "code",
    id: `cell-${index + 1}`,
    metadata: {},
    source,
    execution_count: null,
    outputs: [],
  }));
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells }));
  return path;
}
