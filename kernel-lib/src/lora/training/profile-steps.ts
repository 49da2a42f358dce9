// Where the time of an optimiser step goes on the native backend, operation by operation, and what its matrix products could do alone.
import { clock } from "../../runtime/index.js";
import { clipFactor, initialAdamWState } from "../backends/adamw.js";
import { loadNativeKernels } from "../backends/load-native-kernels.js";
import { loadNativeBinding } from "../backends/native-binding.js";
import { nativeOps } from "../backends/native-ops.js";
import type { Ops } from "../backends/ops.js";
import { type OperationTime, type ProductShape, timeOperations } from "../backends/time-operations.js";
import { openStepMeter, type StepMeterOptions } from "./measure-steps.js";

export interface StepProfile {
  steps: number;
  /** Of all steps together, wall time. */
  seconds: number;
  /** Of the optimiser and the gradient's norm in all steps, timed apart on vectors of the same length. */
  optimiserSeconds: number;
  /** Every native operation of all steps; of a product also the time that as many plain ones of its shape take. */
  operations: (OperationTime & { plainSeconds?: number })[];
}

const random = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => (i % 23) / 23 - 0.5);

/** Best of the products of one shape that fit into some milliseconds; three at least. */
function plainProductSeconds(ops: Ops, product: ProductShape, milliseconds = 60): number {
  const { batch, rows, inner, columns, transposeA, transposeB } = product;
  const lead = batch > 1 ? [batch] : [];
  return ops.scope(() => {
    const factor = (height: number, width: number) =>
      ops.toProduct(ops.fromFloats(random(batch * height * width), [...lead, height, width]));
    const a = transposeA ? factor(inner, rows) : factor(rows, inner);
    const b = transposeB ? factor(columns, inner) : factor(inner, columns);
    let best = Number.POSITIVE_INFINITY;
    const began = clock.elapsed();
    for (let round = 0; round < 3 || clock.elapsed() - began < milliseconds; round++) {
      const start = clock.elapsed();
      ops.dispose(ops.matMul(a, b, { transposeA, transposeB }));
      best = Math.min(best, clock.elapsed() - start);
    }
    return best / 1000;
  });
}

/** Best of three updates of a vector of this length. */
function optimiserSeconds(ops: Ops, length: number): number {
  const [parameters, gradient, state] = [random(length), random(length), initialAdamWState(length)];
  const times = [1, 2, 3].map((step) => {
    const began = clock.elapsed();
    const gradientFactor = clipFactor(ops.vectorNorm(gradient), 1);
    ops.adamWStep({ parameters, gradient, ...state, learningRate: 1e-4, weightDecay: 0, step, gradientFactor });
    return clock.elapsed() - began;
  });
  return Math.min(...times) / 1000;
}

/**
 * Runs a warm-up step and then `steps` timed ones on the native backend.
 * @throws the loader's own error where there is none.
 */
export async function profileSteps({
  steps,
  ...options
}: Omit<StepMeterOptions, "backend" | "ops"> & { steps: number }): Promise<StepProfile> {
  const { binding, restart, times } = timeOperations(await loadNativeBinding());
  const kernels = loadNativeKernels(binding);
  const ops = nativeOps(binding, options.precision, "unavailable" in kernels ? undefined : kernels);
  const meter = await openStepMeter({ ...options, backend: "tensorflow", ops });
  try {
    await meter.step();
    restart();
    let seconds = 0;
    for (let step = 0; step < steps; step++) seconds += (await meter.step()).seconds;
    const operations = times();
    return {
      steps,
      seconds,
      optimiserSeconds: steps * optimiserSeconds(ops, meter.parameters),
      operations: operations.map((operation) => {
        const { product, calls } = operation;
        if (!product) return operation;
        const ops = meter.backend.ops(product.precision);
        return { ...operation, plainSeconds: calls * plainProductSeconds(ops, product) };
      }),
    };
  } finally {
    meter.close();
  }
}
