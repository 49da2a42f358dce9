// Ctrl+C: the first one asks the running stage to stop cleanly, the second one ends the process at once.
import { setMaxListeners } from "node:events";
import { clock, errorLine, StoppedError } from "../runtime/index.js";
import { say } from "./output.js";

/** One Ctrl+C arrives twice where a terminal tells all its processes and npm, or a notebook's kernel, passes it on. */
const samePressMilliseconds = 500;

/** A signal that the first SIGINT or SIGTERM aborts. */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // every request in flight listens
  let first: number | undefined;
  const stop = () => {
    const now = clock.elapsed();
    if (first !== undefined && now - first < samePressMilliseconds) return;
    if (first !== undefined) process.exit(1);
    first = now;
    say("\n stopping: rows on their way are finished, for 30 s at most (once more to end at once)");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The line of an error that ends the command; of a stop, with the command that continues. */
export function closingLine(error: unknown): string {
  if (!(error instanceof StoppedError)) return errorLine(error);
  return `${errorLine(error)}: npm run selfspec -- ${process.argv.slice(2).map(quoted).join(" ")}`;
}
