export { type BenchmarkFileState, checkBenchmarks } from "./check.js";
export { findBenchmarkFile } from "./find.js";
export { type BenchmarkRow, listBenchmarks } from "./list.js";
export { type PulledFile, pullBenchmarks } from "./pull.js";
