// What the runner and the process that runs a notebook's cells say to each other.
import type { DisplayMessage } from "./tslab.js";

export interface RunCells {
  cells: { id: string; source: string }[];
}

export type KernelMessage =
  | { kind: "ready" }
  | { kind: "started"; id: string }
  | { kind: "stream"; name: "stdout" | "stderr"; text: string }
  | { kind: "display"; message: DisplayMessage; update: boolean }
  /** A promise nobody waited for was rejected, or a timer threw: tslab would only print it. */
  | { kind: "stray"; text: string }
  | { kind: "ended"; id: string; ok: boolean }
  | { kind: "done" };
