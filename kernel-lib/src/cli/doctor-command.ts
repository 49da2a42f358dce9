// `doctor`: what works here, and for what does not: why, and what to do.
import type { Command } from "commander";
import { examine } from "../setup/index.js";
import { alignColumns, jsonOption, printResult } from "./output.js";

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("what works here, and for what does not: why, and what to do")
    .option(...jsonOption)
    .action(async (options: { json?: boolean }) => {
      const findings = await examine();
      printResult(
        options,
        findings,
        alignColumns(
          findings.map(({ name, works, detail, todo }) => [works ? " ✓" : " –", name, todo ? `${detail}; ${todo}` : detail]),
        ),
      );
    });
}
