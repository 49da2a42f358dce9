// Runs an outside program and keeps its last words, so that a failing step can say why in one line.
import { spawn, spawnSync } from "node:child_process";
import { RunError } from "../runtime/index.js";

/** The first of these programs that answers `--version`, or undefined. */
export function findProgram(names: readonly string[]): string | undefined {
  return names.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/** Resolves with stdout; @throws RunError with the program's last lines when it ends badly. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      said.stdout += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said.stderr += chunk;
    });
    child.on("error", (error) =>
      reject(new RunError({ got: `${program} could not be started (${error.message})` }, { cause: error })),
    );
    child.on("close", (code) => {
      if (code === 0) return resolve(said.stdout);
      const lastWords = (said.stderr || said.stdout).trim().split("\n").slice(-3).join(" | ").slice(0, 600);
      reject(new RunError({ got: `${program} ${args[0] ?? ""} ended with ${code}: ${lastWords}` }));
    });
  });
}
