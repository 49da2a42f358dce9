// The bench's end of a training child: starts it, asks for blocks of steps, and reads from outside what each block used.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { clock, RunError, StoppedError } from "../runtime/index.js";
import {
  addUsage,
  offerForOutOfMemory,
  type ProcessMemory,
  readCounters,
  readMemory,
  resetPeak,
  type Usage,
  usageBetween,
} from "./process-usage.js";
import { type Answer, answerSchema, type MeasuredStep, type Ready, type StepRequest } from "./step-protocol.js";

export interface Program {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
}

export interface ChildMemory {
  /** Resident before the first step. */
  loadedBytes: number;
  /** Peak since then; since the start where the system does not let us reset it. */
  peakBytes: number;
  /** Peak of the whole life, loading included. */
  lifePeakBytes: number;
}

export interface StepChild {
  readonly ready: Ready;
  /** Runs a block; `usage` is undefined where the system has no /proc. */
  run(steps: number): Promise<{ steps: MeasuredStep[]; usage: Usage | undefined }>;
  memory(): ChildMemory | undefined;
  close(): Promise<void>;
}

const lastLine = (text: string): string | undefined => {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.findLast((line) => /error\b/i.test(line)) ?? lines.at(-1);
};

/**
 * Starts a training child and waits until its model is loaded.
 * @throws RunError with the child's own words when it ends or refuses; StoppedError on abort.
 */
export async function openStepChild(program: Program, request: StepRequest, signal?: AbortSignal): Promise<StepChild> {
  const child = spawn(program.command, program.args, { env: { ...process.env, ...program.env }, stdio: "pipe" });
  const pid = child.pid;
  let ended: string | undefined;
  let said = "";
  const waiting: Answer[] = [];
  let wake: () => void = () => {};
  const end = (how: string): void => {
    ended ??= how;
    wake();
  };
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  child.stdin.on("error", () => {}); // a child that died is reported by its end, not by the broken pipe
  child.on("error", (error) => end(`could not be started (${error.message})`));
  const closed = new Promise<void>((resolve) =>
    child.on("close", (code, killedBy) => {
      const how = killedBy
        ? `was ended by ${killedBy}${killedBy === "SIGKILL" ? " (out of memory?)" : ""}`
        : `ended with ${code}`;
      const words = lastLine(said);
      end(words ? `${how}: ${words.trim()}` : how);
      resolve();
    }),
  );
  createInterface({ input: child.stdout }).on("line", (line) => {
    waiting.push(answerSchema.parse(JSON.parse(line)));
    wake();
  });
  const stop = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();

  const next = async (): Promise<Exclude<Answer, { error: string }>> => {
    while (waiting.length === 0 && ended === undefined)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    const answer = waiting.shift();
    if (signal?.aborted) throw new StoppedError("the benchmark");
    if (!answer) throw new RunError({ got: `the process ${ended}` });
    if ("error" in answer) throw new RunError({ got: answer.error });
    return answer;
  };
  const send = (line: unknown): void => void child.stdin.write(`${JSON.stringify(line)}\n`);

  if (pid !== undefined) offerForOutOfMemory(pid);
  send(request);
  const first = await next();
  if (!("ready" in first)) throw new RunError({ got: `a training child that began with ${JSON.stringify(first)}` });
  const memoryOf = (): ProcessMemory | undefined => (pid === undefined ? undefined : readMemory(pid));
  const loaded = memoryOf();
  if (pid !== undefined) resetPeak(pid);

  return {
    ready: first.ready,
    async run(count) {
      const before = readCounters(pid!);
      const began = clock.elapsed();
      send({ steps: count });
      const steps: MeasuredStep[] = [];
      for (;;) {
        const answer = await next();
        if ("step" in answer) steps.push(answer.step);
        else if ("done" in answer) break;
      }
      const after = readCounters(pid!);
      const usage = before && after && usageBetween(before, after, (clock.elapsed() - began) / 1000);
      return { steps, usage };
    },
    memory() {
      const now = memoryOf();
      if (!now || !loaded) return undefined;
      return {
        loadedBytes: loaded.residentBytes,
        peakBytes: now.peakBytes,
        lifePeakBytes: Math.max(loaded.peakBytes, now.peakBytes),
      };
    },
    async close() {
      signal?.removeEventListener("abort", stop);
      child.stdin.end();
      await closed;
    },
  };
}

/** The sum of blocks' usage; undefined where there is none or one of them could not be read. */
export function totalUsage([first, ...others]: readonly (Usage | undefined)[]): Usage | undefined {
  return others.reduce((sum, part) => (sum && part ? addUsage(sum, part) : undefined), first);
}
