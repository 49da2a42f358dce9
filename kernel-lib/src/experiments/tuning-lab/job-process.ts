// The program of a lab's child process: one job as JSON on stdin, progress and the result as JSON lines on stdout.
import { text } from "node:stream/consumers";
import { errorLine, exitCodeOf } from "../../runtime/index.js";
import type { ChildLine } from "../child-process.js";
import { type JobContext, type JobName, jobs } from "./jobs.js";

const tell = (line: ChildLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function work(): Promise<void> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  try {
    const { job, request } = JSON.parse(await text(process.stdin)) as { job: JobName; request: never };
    const perform: (request: never, context: JobContext) => Promise<unknown> = jobs[job];
    tell({ result: await perform(request, { onProgress: (progress) => tell({ progress }), signal: stop.signal }) });
  } catch (error) {
    tell({ error: errorLine(error), exitCode: exitCodeOf(error) });
    process.exitCode = exitCodeOf(error);
  }
}

void work();
