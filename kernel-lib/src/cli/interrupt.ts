// Ctrl+C: the first one asks the running stage to stop cleanly, the second one ends the process at once.
import { setMaxListeners } from "node:events";
import { say } from "./output.js";

/** A signal that the first SIGINT or SIGTERM aborts. */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // every request in flight listens
  const stop = () => {
    if (controller.signal.aborted) process.exit(1);
    say("\n stopping: finished rows and the last checkpoint are kept (once more to end at once)");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}
