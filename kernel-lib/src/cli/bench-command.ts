// `bench <name>`: the benchmarks; `bench-child`: one side of a training benchmark, told by JSON lines on stdin.
import type { Command } from "commander";
import { type BenchFlags, benches, serveSteps } from "../bench/index.js";
import { renderTerminal, terminalStyle } from "../report/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { jsonOption, printResult, say } from "./output.js";
import { stageLines } from "./stage-lines.js";

export function addBenchCommand(program: Command): void {
  const bench = program.command("bench").description("how fast and how lean, on this machine");
  for (const { name, summary, flags: known, run } of benches) {
    const command = bench.command(name).description(summary);
    for (const [flag, meaning] of known) command.option(flag, meaning);
    command.option(...jsonOption).action(async (flags: BenchFlags & { json?: boolean }) => {
      const { document, tables } = await run({ flags, onProgress: stageLines(), signal: abortOnInterrupt(), say });
      const style = terminalStyle(process.stdout);
      printResult(flags, document, tables.map((table) => renderTerminal(table, style)).join("\n"));
    });
  }
  program.command("bench-child", { hidden: true }).action(async () => {
    process.exitCode = await serveSteps();
  });
}
