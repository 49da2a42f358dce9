// The embedded server as a process of its own: llama.cpp's work must not wait for the caller's, and its thread pool is set before it starts.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { InputError, projectRoot, RunError } from "../runtime/index.js";
import type { ServerTask, ServerWord } from "./server/server-task.js";

/** The program of the process. @throws RunError where it is not built. */
export function serverEntry(): string {
  const path = join(projectRoot(), "kernel-lib", "dist", "endpoint", "server", "main.js");
  if (existsSync(path)) return path;
  throw new RunError({ got: `${path} is missing`, todo: "build the library with `npm run build`" });
}

export interface ServerProcess {
  child: ChildProcess;
  baseURL: string;
  models: string[];
  description: string;
}

/**
 * Starts a server that ends with its last user, see {@link ServerTask}; resolves once it listens.
 * @throws InputError for a port in use, a file that is no model or an adapter that is none; RunError where the process ends without a word,
 * with `lastWords` of it.
 */
export async function startServerProcess(
  task: ServerTask,
  { errors, lastWords }: { errors: number | "inherit"; lastWords: () => { said: string; todo: string } },
): Promise<ServerProcess> {
  // One worker thread evaluates all batches: with Node's four, each batch comes from another core, and llama.cpp's own second thread,
  // which begins anew with every batch, then often waits for the same core as the first (two cores: 18 ms a step instead of 18 to 60).
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" };
  const child = spawn(process.execPath, [serverEntry()], { detached: true, stdio: ["pipe", "pipe", errors], env });
  child.stdin?.on("error", () => {});
  child.stdin?.end(JSON.stringify(task));
  const line = await new Promise<string | undefined>((resolve) => {
    if (child.stdout) createInterface({ input: child.stdout }).once("line", resolve);
    child.once("error", () => resolve(undefined));
    child.once("exit", () => setImmediate(() => resolve(undefined)));
  });
  child.stdout?.destroy();
  child.stdin?.destroy();
  child.unref();
  if (line === undefined) {
    const { said, todo } = lastWords();
    throw new RunError({
      got: `the embedded server ended while it loaded ${task.settings.modelPath}${said && ` (${said.slice(0, 200)})`}`,
      todo,
    });
  }
  const told = JSON.parse(line) as ServerWord;
  if (told.ready) return { child, ...told };
  throw told.exitCode === 2 ? new InputError({ got: told.message }) : new RunError({ got: told.message });
}
