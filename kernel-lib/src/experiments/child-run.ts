// Walks the corridor in a child process: the `run` command itself, which streams its progress as JSON lines. The caller survives the
// child's crash or out-of-memory kill with a clear error; everything finished is on disk.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { InputError, type OnProgress, type ProgressEvent, projectRoot, RunError, StoppedError } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import type { StageName } from "./corridor.js";
import type { RunDirectory } from "./run-directory.js";

/** One line of the child's stdout. */
export type ChildLine = { progress: ProgressEvent } | { error: string; exitCode: number };

export async function walkInChild(options: {
  config: RunConfig;
  directory: RunDirectory;
  until?: StageName;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}): Promise<void> {
  const { config, directory, until, onProgress, signal } = options;
  const command = join(projectRoot(), "kernel-lib", "dist", "cli", "main.js");
  if (!existsSync(command)) throw new InputError({ got: `${command} is missing`, todo: "npm run build" });
  directory.claim(config);
  const child = spawn(process.execPath, [command, "run-child", directory.path, ...(until ? ["--until", until] : [])], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => child.kill("SIGINT");
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  let refusal: { error: string; exitCode: number } | undefined;
  let lastWords = "";
  child.stderr.on("data", (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2000);
  });
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as ChildLine;
    if ("progress" in line) onProgress?.(line.progress);
    else refusal = line;
  });
  const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on("close", (...end) => resolve(end)),
  );
  signal?.removeEventListener("abort", stop);
  if (code === 0) return;
  if (signal?.aborted) throw new StoppedError("the run");
  if (refusal) throw new (refusal.exitCode === 2 ? InputError : RunError)({ got: refusal.error });
  const words = lastWords.split("\n").filter((line) => line.trim() !== "");
  const said = words.findLast((line) => /error\b/i.test(line)) ?? words.at(-1);
  const how = killedBy ? `by ${killedBy}${killedBy === "SIGKILL" ? " (out of memory?)" : ""}` : `with ${code}`;
  throw new RunError({
    got: `the run's process ended ${how}${said ? `: ${said.trim()}` : ""}`,
    todo: "finished rows and the last checkpoint are kept; execute again to continue",
  });
}
