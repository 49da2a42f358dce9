// The only file that touches tslab's inside: where a running kernel takes display data, and the executor it runs cells with.
// tslab's public `display` sends one MIME type a message; a figure needs three in one, so that each viewer takes the one it can draw.
import { createRequire } from "node:module";

/** MIME type → content: text, or JSON for JSON types. Images are base64. */
export type MimeBundle = Record<string, unknown>;

export interface DisplayMessage {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  /** Messages with the same id are one output that changes in place. */
  transient: { display_id?: string | undefined };
}

export type SendDisplay = (message: DisplayMessage, update: boolean) => void;

interface JupyterModule {
  lastWriteDisplayData: SendDisplay | null;
}

interface ExecutorModule {
  createExecutor(root: string, converters: unknown, console: { log: Console["log"]; error: Console["error"] }): CellExecutor;
}

interface ConverterModule {
  createConverter(options: { isJS: boolean; isBrowser: boolean }): { close(): void };
}

export interface CellExecutor {
  /** Compiles and runs one cell; diagnostics and thrown errors go to the console and answer false. */
  execute(source: string): Promise<boolean>;
  close(): void;
}

interface TypeScriptModule {
  sys: { watchFile(): { close(): void }; watchDirectory(): { close(): void } };
}

const require = createRequire(import.meta.url);

/**
 * tslab's compiler watches every file it has read, and a build that rewrites one of them between two cells makes the next cell throw
 * ("Unexpected pending rebuildTimer"). A headless run reads what is there when it starts.
 */
function stopWatchingFiles(): void {
  const typescript = createRequire(require.resolve("tslab/dist/converter.js"))("@tslab/typescript-for-tslab") as TypeScriptModule;
  const nothing = () => ({ close: () => {} });
  Object.assign(typescript.sys, { watchFile: nothing, watchDirectory: nothing });
}

/** How to send display data to the notebook; undefined outside a kernel. Loads nothing: in a kernel the module is there already. */
export function kernelDisplay(): SendDisplay | undefined {
  const loaded = require.cache[require.resolve("tslab/dist/jupyter.js")]?.exports as JupyterModule | undefined;
  return loaded?.lastWriteDisplayData ?? undefined;
}

/**
 * Makes this process a kernel without a front end: cells run by tslab's own compiler and executor in the current folder, display data
 * goes to `onDisplay`. One a process, since tslab keeps its state in globals.
 */
export function openCellExecutor(onDisplay: SendDisplay): CellExecutor {
  const jupyter = require("tslab/dist/jupyter.js") as JupyterModule;
  const { createExecutor } = require("tslab/dist/executor.js") as ExecutorModule;
  const { createConverter } = require("tslab/dist/converter.js") as ConverterModule;
  stopWatchingFiles();
  const node = createConverter({ isJS: false, isBrowser: false });
  const executor = createExecutor(process.cwd(), { node, browser: node, close: () => node.close() }, console);
  jupyter.lastWriteDisplayData = onDisplay;
  return executor;
}

/** What a kernelspec starts. */
export const tslabMain = (): string => require.resolve("tslab/bin/tslab");
