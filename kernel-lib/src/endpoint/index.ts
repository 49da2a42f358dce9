export { checkBaseURL } from "./base-url.js";
export type { BatchOptions } from "./batch/batch-client.js";
export { type BatchEndpointOptions, openBatchEndpoint } from "./batch/batch-endpoint.js";
export { type BatchAnswer, type BatchRequest, completeBatch } from "./batch/complete-batch.js";
export type { Answerer } from "./cache/answerer.js";
export type { BundleManifest } from "./cache/bundle.js";
export { type ExportedCalls, exportCalls, type ImportedCalls, importCalls } from "./cache/bundle-calls.js";
export { type CacheCallsOptions, type CachedEndpoint, type CacheStatistics, cacheCalls } from "./cache/cached-endpoint.js";
export { type CallCache, openCallCache } from "./cache/call-cache.js";
export { callLogName } from "./cache/call-log.js";
export { type PrunedCalls, type PruneOptions, pruneCalls } from "./cache/call-pruning.js";
export { type CallCacheStatistics, callStatistics } from "./cache/call-statistics.js";
export { type OpenReplayOptions, openReplay } from "./cache/replay-endpoint.js";
export type { Completion, CompletionLogprobs, CompletionRequest, Endpoint } from "./endpoint.js";
export type { Patience } from "./flow/breaker.js";
export { classifyFailure, type FailureClass } from "./flow/classify-failure.js";
export { FailedRequest } from "./flow/failed-request.js";
export type { Limits, Traffic } from "./flow/flow.js";
export { describeMoney, moneyFor, type Prices, pricesSchema } from "./flow/prices.js";
export {
  createSpendMeter,
  meterCalls,
  type Projection,
  type RowsDone,
  type Spend,
  type SpendMeter,
} from "./flow/spend-meter.js";
export { realTiming, type Timing } from "./flow/timing.js";
export { type EmbeddedOptions, type OpenEndpointOptions, openEndpoint } from "./open-endpoint.js";
export type { OpenEndpoint } from "./openai-endpoint.js";
export { type ServeOptions, serveForever } from "./serve-forever.js";
export { type Usage, usageSchema } from "./usage.js";
