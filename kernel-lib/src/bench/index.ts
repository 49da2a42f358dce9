export type { Bench, BenchContext, BenchFlags, BenchOutcome } from "./bench.js";
export { benches } from "./benches.js";
export { serveSteps } from "./serve-steps.js";
