// Chooses where tensors live: native TensorFlow, a GPU through WebGPU, WebAssembly or plain JavaScript, the first that loads and computes
// correctly.
import { freemem } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import { errorLine, InputError } from "../../runtime/index.js";
import { type Bfloat16Benchmark, benchmarkBfloat16 } from "./bfloat16-benchmark.js";
import { loadNativeKernels } from "./load-native-kernels.js";
import { loadNativeBinding, usesCuda } from "./native-binding.js";
import { nativeOps } from "./native-ops.js";
import type { Ops, Precision } from "./ops.js";
import { smokeTest } from "./smoke-test.js";
import { tfjsOps } from "./tfjs-ops.js";
import { freeWasmBytes, openWasm } from "./wasm.js";
import { wasmMatMul } from "./wasm-products.js";
import { openWebgpu } from "./webgpu.js";

/** In the order in which they are tried. */
export const backendNames = ["tensorflow", "webgpu", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

export interface Backend {
  readonly name: BackendName;
  /** What computes: "CPU", "CUDA device", the name of a WebGPU adapter. */
  readonly device: string;
  /** "fused kernels", or "composed kernels" and why. */
  readonly kernels: string;
  /** What tensors may still take, as far as the backend can tell: what the machine has free, or what is left of its own memory. */
  freeBytes(): number;
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

/** Software adapters compute correctly and very slowly: only for who asks for them. */
const wantsSoftware = (named: boolean): boolean => named || process.env.SELFSPEC_SOFTWARE_GPU === "1";

const loaders: Record<BackendName, (named: boolean) => Promise<Backend>> = {
  async tensorflow() {
    const binding = await loadNativeBinding();
    const device = usesCuda() ? "a CUDA device" : "CPU";
    const found = usesCuda() ? { unavailable: "they compute on processors only" } : loadNativeKernels(binding);
    const fused = "unavailable" in found ? undefined : found;
    const kernels = "unavailable" in found ? `composed kernels (no fused ones: ${found.unavailable})` : "fused kernels";
    const ops = { float32: nativeOps(binding, "float32", fused), bfloat16: nativeOps(binding, "bfloat16", fused) };
    const threefold = fused?.product && nativeOps(binding, "bfloat16x3", fused);
    const bfloat16 = benchmarkBfloat16(ops);
    const precision = bfloat16.pays ? "bfloat16" : "float32";
    return {
      ...{ name: "tensorflow", device, precision, bfloat16, kernels, refusals: [] },
      freeBytes: freemem,
      ops(wanted = precision) {
        if (wanted !== "bfloat16x3") return ops[wanted];
        if (threefold) return threefold;
        throw new InputError({
          got: `precision ${wanted} without fused kernels on a processor with AMX`,
          allowed: "float32, bfloat16",
        });
      },
    };
  },
  async webgpu(named) {
    const { adapter, software } = await openWebgpu({ software: wantsSoftware(named) });
    return portable("webgpu", software ? `${adapter}, a software adapter` : adapter, tfjsOps());
  },
  async wasm() {
    const threads = await openWasm();
    const device = threads === 1 ? "CPU, one thread" : `CPU, ${threads} threads`;
    return { ...portable("wasm", device, tfjsOps({ matMul: wasmMatMul })), freeBytes: freeWasmBytes };
  },
  async cpu() {
    await import("@tensorflow/tfjs-backend-cpu");
    tf.enableProdMode(); // without it the plain JavaScript backend advertises the native one on every start
    return portable("cpu", "CPU, plain JavaScript", tfjsOps());
  },
};

function portable(name: BackendName, device: string, ops: Ops): Backend {
  return {
    name,
    device,
    kernels: "composed kernels",
    precision: "float32",
    refusals: [],
    freeBytes: freemem,
    ops(wanted = "float32") {
      if (wanted !== "float32") throw new InputError({ got: `precision ${wanted} on backend ${name}`, allowed: "float32" });
      return ops;
    },
  };
}

async function loadOne(name: BackendName, named: boolean): Promise<Backend> {
  const backend = await loaders[name](named);
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its ${name} backend`);
  const fault = await smokeTest(backend.ops("float32"));
  if (fault) throw new Error(fault);
  return backend;
}

const loaded = new Map<BackendName, Promise<Backend>>();
/** A backend that was refused is tried again when it is asked for by name: that may allow what was not before. */
const loadOnce = async (name: BackendName, named: boolean): Promise<Backend> => {
  const before = loaded.get(name);
  if (before && (!named || (await before.then(Boolean, () => false)))) return before;
  const backend = loadOne(name, named);
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
      const backend = await loadOnce(candidate, name === candidate);
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

/** Tries every backend as training does that names none, and says which are usable and why the others are not. */
export async function backendReport(): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const name of backendNames) {
    try {
      const { device, precision, kernels, bfloat16 } = await loadOnce(name, false);
      const reason = `computes correctly on ${device}; products in ${precision}, ${kernels}`;
      reports.push({ name, usable: true, reason, ...(bfloat16 && { bfloat16 }) });
    } catch (error) {
      reports.push({ name, usable: false, reason: errorLine(error) });
    }
  }
  return reports;
}
