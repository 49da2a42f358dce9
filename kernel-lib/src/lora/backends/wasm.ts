// Loads the WebAssembly backend of tfjs. Its memory ends at 4 GiB, and what lies beyond would be written over its beginning: a full
// memory must be an error here.
import * as tf from "@tensorflow/tfjs-core";
import { RunError } from "../../runtime/index.js";

/** The most a WebAssembly memory of 32-bit addresses holds; tfjs builds its module to grow that far. */
export const wasmMemoryBytes = 2 ** 32;

interface WasmModule {
  _malloc(bytes: number): number;
  onAbort?: (reason: unknown) => void;
  readonly HEAPU8: Uint8Array;
}

const fullMemory = (module: WasmModule, wanted: string): RunError =>
  new RunError({
    got: `WebAssembly memory is full: ${wanted} with ${Math.round(module.HEAPU8.length / 2 ** 20)} MiB in use`,
    allowed: "4096 MiB, whatever the machine has",
    todo: "shorten maxTokens, lower batch tokens, set recompute, or use the tensorflow backend (npm run setup)",
  });

/** The module's code listens for uncaught errors only to throw them again, with all of its own source before their message. */
async function withoutItsListeners<T>(load: () => Promise<T>): Promise<T> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => new Set(process.listeners(event as "uncaughtException")));
  const loaded = await load();
  events.forEach((event, i) => {
    for (const listener of process.listeners(event as "uncaughtException"))
      if (!before[i]!.has(listener)) process.removeListener(event, listener);
  });
  return loaded;
}

/**
 * Makes tfjs's backend "wasm" current.
 * From then on a tensor that finds no room throws a RunError that says so.
 */
export async function openWasm(): Promise<void> {
  await import("@tensorflow/tfjs-backend-wasm");
  if (!(await withoutItsListeners(() => tf.setBackend("wasm")))) throw new Error("tfjs could not start its wasm backend");
  const { wasm } = tf.backend() as unknown as { wasm: WasmModule };
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address === 0 && bytes > 0) throw fullMemory(wasm, `no room for ${Math.ceil(bytes / 2 ** 20)} MiB`);
    return address;
  };
  wasm.onAbort = (reason) => {
    throw fullMemory(wasm, `a kernel stopped (${String(reason)})`);
  };
}
