// Output of a cell: one bundle of MIME types, or one that changes in place. Outside a kernel the plain text is printed.
import { randomUUID } from "node:crypto";
import { kernelDisplay, type MimeBundle } from "./tslab.js";

export interface Bundle extends MimeBundle {
  /** What a terminal, a diff and a screen reader get. */
  "text/plain": string;
}

export const insideKernel = (): boolean => kernelDisplay() !== undefined;

export function display(bundle: Bundle, metadata: Record<string, unknown> = {}): void {
  const send = kernelDisplay();
  if (send) send({ data: bundle, metadata, transient: {} }, false);
  else process.stdout.write(`${bundle["text/plain"]}\n`);
}

/** An output that is replaced by each call; nothing is printed outside a kernel. */
export function liveDisplay(): (bundle: Bundle) => void {
  const display_id = randomUUID();
  let shown = false;
  return (bundle) => {
    kernelDisplay()?.({ data: bundle, metadata: {}, transient: { display_id } }, shown);
    shown = true;
  };
}
