export { type BenchmarkFileState, checkBenchmarks, type FileState } from "./check.js";
export { findBenchmarkFile } from "./find.js";
export { type BenchmarkRow, listBenchmarks } from "./list.js";
export { type PulledFile, pullBenchmarks } from "./pull.js";
