// `notebooks run|check`: execute and normalise, or verify, the notebooks.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { checkNotebooks, runNotebooks } from "../notebook/index.js";
import { projectRoot } from "../runtime/index.js";
import { jsonOption, printResult, say } from "./output.js";

function allNotebooks(): string[] {
  const folder = join(projectRoot(), "notebooks");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ipynb"))
    .map((name) => join(folder, name));
}

export function addNotebooksCommand(program: Command): void {
  const notebooks = program.command("notebooks").description("the notebooks, without a browser");
  notebooks
    .command("run [files...]")
    .description("execute in a real tslab kernel; a failing cell fails the command")
    .option("--write", "write the outputs back, in normal form")
    .option("--check", "fail where outputs differ from the committed ones")
    .option(...jsonOption)
    .action(async (files: string[], options: { write?: boolean; check?: boolean; json?: boolean }) => {
      const outcomes = await runNotebooks({
        files: files.length > 0 ? files : allNotebooks(),
        write: options.write,
        check: options.check,
      });
      for (const { path, failed, differences } of outcomes) {
        if (failed) say(`${path}: cell ${failed.number} (${failed.id}): ${failed.reason}\n${failed.source}`);
        for (const difference of differences) say(`${path}: ${difference}`);
      }
      const shown = outcomes.map(({ path, ok, failed, differences, seconds }) => ({ path, ok, failed, differences, seconds }));
      printResult(
        options,
        shown,
        shown.map(({ path, ok, seconds }) => ` ${ok ? "✓" : "✗"} ${path}  ${seconds.toFixed(0)} s`).join("\n"),
      );
      if (outcomes.some(({ ok }) => !ok)) process.exitCode = 1;
    });
  notebooks
    .command("check [files...]")
    .description("valid, in normal form, without errors, paths or keys, and type-checked")
    .option(...jsonOption)
    .action(async (files: string[], options: { json?: boolean }) => {
      const problems = await checkNotebooks({ files: files.length > 0 ? files : allNotebooks() });
      printResult(options, problems, problems.map(({ path, problem }) => ` ✗ ${path}: ${problem}`).join("\n") || " ✓ notebooks");
      if (problems.length > 0) process.exitCode = 1;
    });
}
