// `setup`: fetches and builds what the other commands need.
import { type Command, Option } from "commander";
import { clock } from "../runtime/index.js";
import { type Purpose, purposes, setUp } from "../setup/index.js";
import { jsonOption, printResult, say } from "./output.js";

export function addSetupCommand(program: Command): void {
  program
    .command("setup")
    .description("fetch and build everything npm start and npm test need; a second time there is nothing to do")
    .addOption(new Option("--for <purpose>", "which command it is for").choices(Object.keys(purposes)).default("all"))
    .option(
      "--gpu",
      "TensorFlow for CUDA 12 devices: 3.3 GB from PyPI, most of it NVIDIA's under its own licence; untested on a GPU",
    )
    .option("--no-gpu", "back to TensorFlow for processors")
    .option(...jsonOption)
    .action(async (options: { for: Purpose; gpu?: boolean; json?: boolean }) => {
      const began = clock.elapsed();
      const outcomes = await setUp({ purpose: options.for, gpu: options.gpu, say });
      const done = outcomes.filter(({ outcome }) => outcome === "done").length;
      const summary = done === 0 ? "nothing to do" : `${done} ${done === 1 ? "step" : "steps"} done`;
      printResult(
        options,
        outcomes,
        ` ✓ set-up                 ${summary.padEnd(64)} ${((clock.elapsed() - began) / 1000).toFixed(1)} s`,
      );
    });
}
