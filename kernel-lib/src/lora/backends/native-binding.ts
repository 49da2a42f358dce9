// Loads the native TensorFlow backend of tfjs and gives its raw binding a type. Raw ops are what reaches bfloat16: tfjs's own
// kernels know no such type. They take and return tensor numbers, not tf.Tensors.
import { createRequire } from "node:module";
import util from "node:util";
import * as tf from "@tensorflow/tfjs-core";

export interface RawTensor {
  id: number;
  shape: number[];
  dtype: number;
}

export interface RawAttribute {
  name: string;
  type: number;
  value: number | boolean;
}

export interface NativeBinding {
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array;
  executeOp(name: string, attributes: RawAttribute[], inputs: number[], outputs: number): RawTensor[];
  getNumOfTensors(): number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_INT: number;
}

/** TensorFlow's number of the type bfloat16 (DT_BFLOAT16); the binding names only the types tfjs knows. */
export const TF_BFLOAT16 = 14;

// Node 23 took these out of `util`; tfjs 4.22 still calls them.
function restoreUtilChecks(): void {
  const checks = util as unknown as Record<string, unknown>;
  checks.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  checks.isArray ??= Array.isArray;
}

const require = createRequire(import.meta.url);

// The package finds its addon through node-pre-gyp, which takes this process's own arguments for its options: `--dir` for a folder.
function requireWithoutArguments(name: string): void {
  const args = process.argv.splice(2);
  try {
    require(name);
  } finally {
    process.argv.push(...args);
  }
}

/** Whether the package is there, under its own name: danfojs-node has another stand in for tfjs-node. */
function isInstalled(name: string): boolean {
  try {
    return (require(`${name}/package.json`) as { name: string }).name === name;
  } catch {
    return false;
  }
}

/**
 * Loads `@tensorflow/tfjs-node-gpu` (its library falls back to the CPU where there is no CUDA device), or else `@tensorflow/tfjs-node`,
 * and makes it the current backend.
 * @throws the first package's own error when no addon was built.
 */
export async function loadNativeBinding(): Promise<NativeBinding> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
  restoreUtilChecks();
  try {
    requireWithoutArguments("@tensorflow/tfjs-node-gpu");
  } catch (error) {
    if (!isInstalled("@tensorflow/tfjs-node")) throw error;
    requireWithoutArguments("@tensorflow/tfjs-node");
  }
  await tf.setBackend("tensorflow");
  return (tf.backend() as unknown as { binding: NativeBinding }).binding;
}

/** Whether TensorFlow saw a CUDA device and computes on it. */
export const usesCuda = (): boolean => (tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice;
