// Chooses where tensors live: native TensorFlow, WebAssembly or plain JavaScript, the first that loads and computes correctly.
import * as tf from "@tensorflow/tfjs-core";
import { errorLine, InputError } from "../../runtime/index.js";
import { type Bfloat16Benchmark, benchmarkBfloat16 } from "./bfloat16-benchmark.js";
import { loadNativeBinding } from "./native-binding.js";
import { nativeOps } from "./native-ops.js";
import type { Ops, Precision } from "./ops.js";
import { smokeTest } from "./smoke-test.js";
import { tfjsOps } from "./tfjs-ops.js";

/** In the order in which they are tried. */
export const backendNames = ["tensorflow", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

export interface Backend {
  readonly name: BackendName;
  /** The precision that is fastest here. */
  readonly precision: Precision;
  /** Present where bfloat16 can be had. */
  readonly bfloat16?: Bfloat16Benchmark;
  /** Why the backends that come before it were not taken, a line each; empty where it was asked for by name. */
  readonly refusals: readonly string[];
  /** The op layer in a precision; throws InputError for one that the backend lacks. */
  ops(precision?: Precision): Ops;
}

export interface BackendReport {
  name: BackendName;
  usable: boolean;
  /** Why it is not usable; what it would be used with where it is. */
  reason: string;
  bfloat16?: Bfloat16Benchmark;
}

const loaders: Record<BackendName, () => Promise<Backend>> = {
  async tensorflow() {
    const binding = await loadNativeBinding();
    const both = { float32: nativeOps(binding, "float32"), bfloat16: nativeOps(binding, "bfloat16") };
    const bfloat16 = benchmarkBfloat16(both);
    const precision = bfloat16.pays ? "bfloat16" : "float32";
    return { name: "tensorflow", precision, bfloat16, refusals: [], ops: (wanted = precision) => both[wanted] };
  },
  async wasm() {
    await import("@tensorflow/tfjs-backend-wasm");
    return portable("wasm");
  },
  async cpu() {
    await import("@tensorflow/tfjs-backend-cpu");
    return portable("cpu");
  },
};

async function portable(name: "wasm" | "cpu"): Promise<Backend> {
  tf.enableProdMode(); // without it the plain JavaScript backend advertises the native one on every start
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its ${name} backend`);
  const ops = tfjsOps({ transposesSlowly: name === "wasm" });
  return {
    name,
    precision: "float32",
    refusals: [],
    ops(wanted = "float32") {
      if (wanted !== "float32") throw new InputError({ got: `precision ${wanted} on backend ${name}`, allowed: "float32" });
      return ops;
    },
  };
}

async function loadOne(name: BackendName): Promise<Backend> {
  const backend = await loaders[name]();
  await tf.setBackend(name);
  const fault = await smokeTest(backend.ops("float32"));
  if (fault) throw new Error(fault);
  return backend;
}

const loaded = new Map<BackendName, Promise<Backend>>();
const loadOnce = (name: BackendName): Promise<Backend> => {
  const backend = loaded.get(name) ?? loadOne(name);
  loaded.set(name, backend);
  return backend;
};

/**
 * Loads a backend and makes it tfjs's current one.
 * @param name "auto" (default) takes the first of {@link backendNames} that loads and passes the smoke test.
 * @throws InputError for an unknown name, or a named backend that cannot be used, with the reason.
 */
export async function loadBackend({ name = "auto" }: { name?: string } = {}): Promise<Backend> {
  const wanted = backendNames.filter((known) => name === "auto" || name === known);
  if (wanted.length === 0) throw new InputError({ got: `backend "${name}"`, allowed: ["auto", ...backendNames].join(", ") });
  const refusals: string[] = [];
  for (const candidate of wanted) {
    try {
      const backend = await loadOnce(candidate);
      await tf.setBackend(candidate);
      return { ...backend, refusals };
    } catch (error) {
      refusals.push(`${candidate}: ${errorLine(error)}`);
    }
  }
  throw new InputError({
    got: `no usable backend (${refusals.join("; ")})`,
    todo: "run `npm run setup`, then `npm run selfspec -- doctor`",
  });
}

/** Tries every backend and says which are usable, and why the others are not. */
export async function backendReport(): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const name of backendNames) {
    try {
      const { precision, bfloat16 } = await loadOnce(name);
      reports.push({ name, usable: true, reason: `computes correctly; products in ${precision}`, ...(bfloat16 && { bfloat16 }) });
    } catch (error) {
      reports.push({ name, usable: false, reason: errorLine(error) });
    }
  }
  return reports;
}
