// Type-checks a notebook's cells as one strict module. tslab compiles without `strict`: what it lets through fails at run time.
import { basename, dirname, join, resolve } from "node:path";
import type ts from "typescript";
import { RunError } from "../runtime/index.js";
import type { CodeCell, Notebook } from "./nbformat.js";

async function loadTypeScript(): Promise<typeof ts> {
  try {
    return (await import("typescript")).default;
  } catch (error) {
    throw new RunError({ got: "typescript is not installed, so no types can be checked", todo: "npm ci" }, { cause: error });
  }
}

/** One problem a line, with cell and line numbers. The notebook's folder decides what its imports find. */
export async function checkTypes(path: string, notebook: Notebook): Promise<string[]> {
  const typescript = await loadTypeScript();
  const cells = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
  const source = `${cells.map((cell) => cell.source).join("\n")}\nexport {};\n`;
  const virtual = resolve(join(dirname(path), `${basename(path, ".ipynb")}.cells.ts`));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.ESNext,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    typeRoots: undefined,
  };
  const host = typescript.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => file === virtual || fileExists(file);
  host.readFile = (file) => (file === virtual ? source : readFile(file));
  host.getSourceFile = (file, version, ...rest) =>
    file === virtual ? typescript.createSourceFile(file, source, version) : getSourceFile(file, version, ...rest);
  const program = typescript.createProgram([virtual], options, host);
  return typescript.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = typescript.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    if (diagnostic.file?.fileName !== virtual || diagnostic.start === undefined) return text;
    let line = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line;
    const index = cells.findIndex((cell) => {
      const length = cell.source.split("\n").length;
      if (line < length) return true;
      line -= length;
      return false;
    });
    return index === -1 ? text : `cell ${index + 1} (${cells[index]!.id}), line ${line + 1}: ${text}`;
  });
}
