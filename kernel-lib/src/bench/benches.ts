// The table of benchmarks: what `selfspec bench` knows.
import type { Bench } from "./bench.js";
import { inferenceBench } from "./inference-bench.js";
import { kernelsBench } from "./kernels-bench.js";
import { loraBench } from "./lora-bench.js";
import { noveltyBench } from "./novelty-bench.js";
import { retrievalBench } from "./retrieval-bench.js";
import { rowsBench } from "./rows-bench.js";

export const benches: readonly Bench[] = [inferenceBench, loraBench, kernelsBench, noveltyBench, retrievalBench, rowsBench];
