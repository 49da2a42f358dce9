// The process a notebook runs in, headless: tslab's executor in the notebook's folder, everything that happens told to the parent.
import { inspect } from "node:util";
import type { KernelMessage, RunCells } from "./kernel-messages.js";
import { openCellExecutor } from "./tslab.js";

/** How long after the last cell rejections of floating promises are still waited for. */
const settleMilliseconds = 100;

const tell = (message: KernelMessage): void => {
  process.send?.(message);
};

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

for (const name of ["stdout", "stderr"] as const) {
  const write = (chunk: string | Uint8Array): boolean => {
    tell({ kind: "stream", name, text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8") });
    return true;
  };
  process[name].write = write as typeof process.stdout.write;
}
process.on("unhandledRejection", (reason) => tell({ kind: "stray", text: `unhandled rejection: ${inspect(reason)}` }));
process.on("uncaughtException", (error) => tell({ kind: "stray", text: `uncaught exception: ${inspect(error)}` }));

process.once("message", async ({ cells }: RunCells) => {
  const executor = openCellExecutor((message, update) => tell({ kind: "display", message, update }));
  for (const { id, source } of cells) {
    tell({ kind: "started", id });
    const ok = await executor.execute(source).catch((error: unknown) => {
      tell({ kind: "stray", text: `the compiler failed: ${inspect(error)}` });
      return false;
    });
    // Rejections are reported after the microtasks of the cell: let them come before the next one starts.
    await pause(0);
    tell({ kind: "ended", id, ok });
    if (!ok) break;
  }
  await pause(settleMilliseconds);
  tell({ kind: "done" });
  executor.close();
  process.disconnect();
  // A notebook may leave timers and sockets behind; they must not keep the run open.
  process.exit(0);
});
tell({ kind: "ready" });
