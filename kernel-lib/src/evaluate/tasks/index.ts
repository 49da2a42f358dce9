export {
  type BenchmarkFileState,
  type BenchmarkRow,
  checkBenchmarks,
  findBenchmarkFile,
  listBenchmarks,
  type PulledFile,
  pullBenchmarks,
} from "../data/index.js";
export { type OpenedTask, type OpenTaskOptions, openTask, type SourceFile } from "./open-task.js";
export { benchmarkTasks, getTask } from "./registry.js";
export { sampleItems } from "./sample-items.js";
export {
  type AnswerFormat,
  type BenchmarkFile,
  type BenchmarkTask,
  type Entity,
  type MetricName,
  metricNames,
  type SourceFiles,
  type Split,
  splits,
  type TaskItem,
} from "./task.js";
