// A process of this library that works for another: it streams JSON lines, may die without taking its caller along, and passes on what
// it refuses.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  InputError,
  type OnProgress,
  type ProgressEvent,
  projectRoot,
  RunError,
  StoppedError,
  withHugePages,
} from "../runtime/index.js";

/** One line of a child's stdout. */
export type ChildLine = { progress: ProgressEvent } | { result: unknown } | { error: string; exitCode: number };

export interface ChildOptions {
  /** The program, under kernel-lib/dist. */
  script: string;
  args?: readonly string[];
  /** One value that the child reads from its stdin as JSON. */
  input?: unknown;
  /** Of error messages: "the run", and what to do when the process ended by itself. */
  name: string;
  todo: string;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Resolves with the last `result` that the child told, undefined where it told none.
 * @throws InputError when kernel-lib is not built; the child's own refusal as the same kind of error; RunError with its last words when it
 * ended otherwise; StoppedError on abort.
 */
export async function callChild(options: ChildOptions): Promise<unknown> {
  const { script, args = [], input, name, todo, onProgress, signal } = options;
  const path = join(projectRoot(), "kernel-lib", "dist", script);
  if (!existsSync(path)) throw new InputError({ got: `${path} is missing`, todo: "npm run build" });
  const child = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "pipe"], env: withHugePages(process.env) });
  child.stdin.on("error", () => {}); // a child that died is reported by its end, not by the broken pipe
  child.stdin.end(input === undefined ? "" : JSON.stringify(input));
  const stop = () => child.kill("SIGINT");
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  let refusal: { error: string; exitCode: number } | undefined;
  let result: unknown;
  let lastWords = "";
  child.stderr.on("data", (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2000);
  });
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as ChildLine;
    if ("progress" in line) onProgress?.(line.progress);
    else if ("result" in line) result = line.result;
    else refusal = line;
  });
  const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.on("close", (...end) => resolve(end)),
  );
  signal?.removeEventListener("abort", stop);
  if (code === 0) return result;
  if (signal?.aborted) throw new StoppedError(name);
  if (refusal) throw new (refusal.exitCode === 2 ? InputError : RunError)({ got: refusal.error });
  const words = lastWords.split("\n").filter((line) => line.trim() !== "");
  const said = words.findLast((line) => /error\b/i.test(line)) ?? words.at(-1);
  const how = killedBy ? `by ${killedBy}${killedBy === "SIGKILL" ? " (out of memory?)" : ""}` : `with ${code}`;
  throw new RunError({ got: `${name}'s process ended ${how}${said ? `: ${said.trim()}` : ""}`, todo });
}
