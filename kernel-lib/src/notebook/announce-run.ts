// The first line a notebook prints: which model, which size, which backend and machine, when.
import { clock } from "../runtime/index.js";
import { display } from "./display.js";

export interface Announcement {
  name: string;
  size: string;
  model: string;
  backend?: string;
  /** Processor, cores and memory, in words. */
  machine?: string;
}

/** Shows e.g. "biomedicine · quick · SmolLM2-135M-Instruct Q4_1 · tensorflow bf16 · 2026-01-02 03:04 UTC". */
export function announceRun({ name, size, model, backend, machine }: Announcement): void {
  const when = `${clock.isoDate().slice(0, 16).replace("T", " ")} UTC`;
  display({ "text/plain": [name, size, model, backend, machine, when].filter(Boolean).join(" · ") });
}
