export type { Completion, CompletionLogprobs, CompletionRequest, Endpoint } from "./endpoint.js";
export { type EmbeddedOptions, type OpenEndpointOptions, openEndpoint } from "./open-endpoint.js";
export { type ServeOptions, serveForever } from "./serve-forever.js";
export { type Usage, usageSchema } from "./usage.js";
