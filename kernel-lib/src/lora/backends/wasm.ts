// Loads the WebAssembly backend of tfjs. Its memory ends at 4 GiB, and what lies beyond would be written over its beginning: a full
// memory must be an error here.
import { availableParallelism, freemem } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import { RunError } from "../../runtime/index.js";
import { registerThreadedWasm } from "./wasm-threads.js";

/** The most a WebAssembly memory of 32-bit addresses holds; tfjs builds its module to grow that far. */
const memoryBytes = 2 ** 32;

/** Growth by more than this would be read as a negative number. */
const largestBlock = 2 ** 31;

interface WasmModule {
  _malloc(bytes: number): number;
  _free(address: number): void;
  onAbort?: () => void;
  readonly HEAPU8: Uint8Array;
}

const fullMemory = (module: WasmModule, wanted: string): RunError =>
  new RunError({
    got: `WebAssembly memory is full: ${wanted} with ${Math.round(module.HEAPU8.length / 2 ** 20)} MiB in use`,
    allowed: "4096 MiB, whatever the machine has",
    todo: "lower partTokens or maxTokens, or use the tensorflow backend (npm run setup)",
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

const currentModule = (): WasmModule => (tf.backend() as unknown as { wasm: WasmModule }).wasm;

/** @throws RunError when the memory has no block of so many bytes; the kernels themselves only warn, and leave a result as it was. */
export function demandWasmRoom(bytes: number): void {
  const module = currentModule();
  module._free(module._malloc(bytes));
}

/** What is left of the 4 GiB when the tensors alive now, frozen weights above all, have packed copies as well. */
export const freeWasmBytes = (): number => Math.min(freemem(), Math.max(0, memoryBytes - 2 * tf.memory().numBytes));

/** The most threads that tfjs built its module for. */
const mostThreads = 8;

/**
 * Makes tfjs's backend "wasm" current, on all cores, and returns how many threads it has.
 * From then on a tensor that finds no room throws a RunError that says so.
 */
export async function openWasm(): Promise<number> {
  const threads = Math.min(mostThreads, availableParallelism());
  await import("@tensorflow/tfjs-backend-wasm");
  const start = async (): Promise<boolean> => {
    if (threads > 1) await registerThreadedWasm(threads);
    return tf.setBackend("wasm");
  };
  if (!(await withoutItsListeners(start))) throw new Error("tfjs could not start its wasm backend");
  const module = currentModule();
  module._free(module._malloc(1)); // on its first call the module puts the function itself in the place of its stand-in
  const allocate = module._malloc;
  module._malloc = (bytes) => {
    const address = bytes < largestBlock ? allocate(bytes) : 0;
    if (address === 0 && bytes > 0) throw fullMemory(module, `no room for ${Math.ceil(bytes / 2 ** 20)} MiB`);
    return address;
  };
  module.onAbort = () => {
    throw fullMemory(module, "a kernel found no room");
  };
  return threads;
}
