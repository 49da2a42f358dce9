// The kernel's entry in Jupyter's list, for this checkout alone: it starts the tslab of this checkout's node_modules, and JUPYTER_PATH
// makes Jupyter find it without anything being installed into the user's folders.
import { join } from "node:path";
import { homeDirectory, writeJson } from "../runtime/index.js";
import { tslabMain } from "./tslab.js";

/** Writes the kernelspec "tslab" and returns the folder to put on JUPYTER_PATH. */
export function writeKernelspec(): string {
  const folder = homeDirectory("jupyter");
  writeJson(join(folder, "kernels", "tslab", "kernel.json"), {
    argv: [process.execPath, tslabMain(), "kernel", "--config-path={connection_file}"],
    display_name: "TypeScript (tslab)",
    language: "typescript",
    interrupt_mode: "signal",
  });
  return folder;
}
