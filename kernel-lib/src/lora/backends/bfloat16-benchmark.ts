// Whether bfloat16 products pay here: processors with instructions for them (AVX512_BF16, AMX) gain two- to fivefold, others lose.
import { clock } from "../../runtime/index.js";
import type { Ops } from "./ops.js";

export interface Bfloat16Benchmark {
  /** bfloat16 is at least 1.2 times as fast. */
  pays: boolean;
  gflopsF32: number;
  gflopsBf16: number;
}

const shape = { rows: 256, inner: 576, columns: 1536 }; // one SmolLM2 feed-forward product

function gigaflops(ops: Ops, milliseconds: number): number {
  return ops.scope(() => {
    const filled = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => (i % 17) / 17 - 0.5);
    const x = ops.toProduct(ops.fromFloats(filled(shape.rows * shape.inner), [shape.rows, shape.inner]));
    const w = ops.toProduct(ops.fromFloats(filled(shape.columns * shape.inner), [shape.columns, shape.inner]));
    const multiply = (): void => ops.dispose(ops.matMul(x, w, { transposeB: true }));
    multiply(); // the first product builds the kernel
    let best = Number.POSITIVE_INFINITY;
    for (const until = clock.elapsed() + milliseconds; clock.elapsed() < until; ) {
      const began = clock.elapsed();
      multiply();
      best = Math.min(best, clock.elapsed() - began);
    }
    return (2 * shape.rows * shape.inner * shape.columns) / best / 1e6;
  });
}

/** Takes about 50 ms. The best of many short products is compared, so a busy machine misleads it little. */
export function benchmarkBfloat16({ float32, bfloat16 }: { float32: Ops; bfloat16: Ops }): Bfloat16Benchmark {
  const gflopsF32 = Math.round(gigaflops(float32, 25));
  const gflopsBf16 = Math.round(gigaflops(bfloat16, 25));
  return { pays: gflopsBf16 > 1.2 * gflopsF32, gflopsF32, gflopsBf16 };
}
