// The WebAssembly backend on all cores. tfjs gives threads to browsers only: its loader hands them their code as a blob, which a thread
// of Node cannot open (tensorflow/tfjs#3830). The module itself knows Node's threads; here it is started with code that they can open.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";

interface ThreadedModule {
  cwrap(name: string, result: "number" | null, parameters: readonly "number"[]): (...values: number[]) => number;
  PThread: { runningWorkers: { unref(): void }[]; unusedWorkers: { unref(): void }[] };
  tfjs: object;
}

type Imports = WebAssembly.Imports & { env: WebAssembly.ModuleImports };
type Receive = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

interface FactoryOptions {
  locateFile(path: string, folder: string): string | URL;
  instantiateWasm(imports: Imports, receive: Receive): object;
}

const require = createRequire(import.meta.url);
const fileOf = (extension: string): string =>
  require.resolve(`@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.${extension}`);

/** The code of a thread as a module that Node opens; tfjs keeps it as a text in which line ends inside of strings have become real. */
function threadCode(): URL {
  const { wasmWorkerContents } = require(fileOf("worker.js")) as { wasmWorkerContents: string };
  const path = JSON.stringify(fileOf("js"));
  const prelude = `import{createRequire}from"node:module";const require=createRequire(${path});const __filename=${path};`;
  return new URL(`data:text/javascript,${encodeURIComponent(prelude + wasmWorkerContents.replaceAll("\n", "\\n"))}`);
}

/** The functions that tfjs's own loader wraps. */
const wrapped = (module: ThreadedModule): object => ({
  init: module.cwrap("init", null, []),
  initWithThreadsCount: module.cwrap("init_with_threads_count", null, ["number"]),
  getThreadsCount: module.cwrap("get_threads_count", "number", []),
  registerTensor: module.cwrap("register_tensor", null, ["number", "number", "number"]),
  disposeData: module.cwrap("dispose_data", null, ["number"]),
  dispose: module.cwrap("dispose", null, []),
});

/** Registers tfjs's backend "wasm" with so many threads, the caller's included; they end with the process. */
export async function registerThreadedWasm(threads: number): Promise<void> {
  const { BackendWasm, setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
  const code = threadCode();
  const module = await (require(fileOf("js")) as (options: FactoryOptions) => Promise<ThreadedModule>)({
    locateFile: (path, folder) => (path.endsWith(".worker.js") ? code : folder + path),
    instantiateWasm(imports, receive) {
      imports.env.emscripten_num_logical_cores = () => 2 * threads; // it takes half, for processors that count each core twice
      void WebAssembly.instantiate(readFileSync(fileOf("wasm")), imports).then((made) => receive(made.instance, made.module));
      return {};
    },
  });
  module.tfjs = wrapped(module);
  setThreadsCount(threads);
  const backend = new BackendWasm(module as unknown as ConstructorParameters<typeof BackendWasm>[0]);
  for (const worker of [...module.PThread.runningWorkers, ...module.PThread.unusedWorkers]) worker.unref();
  tf.removeBackend("wasm");
  tf.registerBackend("wasm", () => backend);
}
