// The table of benchmarks: what `selfspec bench` knows.
import type { Bench } from "./bench.js";
import { kernelsBench } from "./kernels-bench.js";
import { loraBench } from "./lora-bench.js";

export const benches: readonly Bench[] = [loraBench, kernelsBench];
