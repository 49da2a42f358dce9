// Runs one notebook from top to bottom in a fresh process, with what Jupyter would not tell: which cell failed, its source, and promises
// that were rejected while nobody waited.
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type OnProgress, projectRoot, RunError, startStage, throwIfStopped } from "../runtime/index.js";
import type { KernelMessage, RunCells } from "./kernel-messages.js";
import { type CodeCell, type Notebook, type Output, readNotebook } from "./nbformat.js";

export interface FailedCell {
  /** Place among the code cells, from 1. */
  number: number;
  id: string;
  source: string;
  /** What the compiler or the error said. */
  reason: string;
}

export interface NotebookRun {
  path: string;
  ok: boolean;
  /** With the outputs of this run. */
  notebook: Notebook;
  failed?: FailedCell;
  seconds: number;
}

export interface RunNotebookOptions {
  path: string;
  /** Added to the environment of the cells: SELFSPEC_SIZE and the like. */
  env?: Record<string, string>;
  /** Default one hour. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

function kernelScript(): string {
  const script = join(projectRoot(), "kernel-lib", "dist", "notebook", "kernel-process.js");
  if (existsSync(script)) return script;
  throw new RunError({ got: "kernel-lib is not built, so no notebook can import it", todo: "npm run build" });
}

/** Collects what one run's messages say into outputs by cell. */
class Recorder {
  readonly outputs = new Map<string, Output[]>();
  readonly displays = new Map<string, { output: Extract<Output, { output_type: "display_data" }> }>();
  current: string | undefined;
  failure: { id: string; reason: string } | undefined;
  stderr = "";

  take(message: KernelMessage): void {
    if (message.kind === "started") this.start(message.id);
    else if (message.kind === "stream") this.stream(message.name, message.text);
    else if (message.kind === "display") this.display(message);
    else if (message.kind === "stray") this.fail(message.text);
    else if (message.kind === "ended" && !message.ok) this.fail(this.stderr.trim() || "the cell failed without a message");
  }

  private start(id: string): void {
    this.current = id;
    this.stderr = "";
    this.outputs.set(id, []);
  }

  private push(output: Output): void {
    if (this.current !== undefined) this.outputs.get(this.current)!.push(output);
  }

  private stream(name: "stdout" | "stderr", text: string): void {
    if (name === "stderr") this.stderr += text;
    this.push({ output_type: "stream", name, text });
  }

  private display({ message, update }: Extract<KernelMessage, { kind: "display" }>): void {
    const { data, metadata, transient } = message;
    const known = transient.display_id === undefined ? undefined : this.displays.get(transient.display_id);
    if (update && known) {
      Object.assign(known.output, { data, metadata });
      return;
    }
    const output = { output_type: "display_data" as const, data, metadata };
    if (transient.display_id !== undefined) this.displays.set(transient.display_id, { output });
    this.push(output);
  }

  fail(reason: string): void {
    this.failure ??= { id: this.current ?? "", reason };
  }
}

function converse(child: ChildProcess, request: RunCells, recorder: Recorder, onStart: (id: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let done = false;
    child.on("message", (message: KernelMessage) => {
      if (message.kind === "ready") child.send(request);
      if (message.kind === "started") onStart(message.id);
      if (message.kind === "done") done = true;
      recorder.take(message);
    });
    child.on("exit", (code, signal) => {
      if (!done) recorder.fail(`the kernel's process ended in this cell (${signal ?? `exit code ${code}`})`);
      resolve();
    });
  });
}

/**
 * Runs the code cells of a notebook in order, stopping at the first that fails.
 * @throws InputError for a file that is no notebook; RunError when kernel-lib is not built; StoppedError on abort.
 */
export async function runNotebook({
  path,
  env = {},
  timeoutSeconds = 3600,
  signal,
  onProgress,
}: RunNotebookOptions): Promise<NotebookRun> {
  const notebook = readNotebook(path);
  const codeCells = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code" && cell.source.trim() !== "");
  const stage = `notebook ${path}`;
  throwIfStopped(signal, stage);
  const watch = startStage(stage, onProgress);
  const recorder = new Recorder();
  const child = fork(kernelScript(), {
    cwd: dirname(path),
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: [],
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    recorder.stderr += chunk.toString("utf8");
  });
  const stop = (): void => void child.kill("SIGKILL");
  const timer = setTimeout(() => {
    recorder.fail(`still running after ${timeoutSeconds} s`);
    stop();
  }, timeoutSeconds * 1000);
  signal?.addEventListener("abort", stop);
  const total = codeCells.length;
  let started = 0;
  try {
    await converse(child, { cells: codeCells.map(({ id, source }) => ({ id, source })) }, recorder, () => {
      watch.update({ done: started++, total, unit: "cells" });
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
  throwIfStopped(signal, stage);
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const outputs = recorder.outputs.get(cell.id);
    return { ...cell, outputs: outputs ?? [], execution_count: outputs ? codeCells.indexOf(cell) + 1 : null };
  });
  const seconds = watch.finish();
  const run = { path, ok: recorder.failure === undefined, notebook: { ...notebook, cells }, seconds };
  if (!recorder.failure) return run;
  const { id, reason } = recorder.failure;
  const index = codeCells.findIndex((cell) => cell.id === id);
  return { ...run, failed: { number: index + 1, id, source: codeCells[index]?.source ?? "", reason } };
}
