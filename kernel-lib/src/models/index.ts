export { dequantise } from "./dequantise.js";
export { type GgufFile, readGguf } from "./gguf-file.js";
export type { TensorInfo } from "./gguf-header.js";
export { type GgufData, type GgufValue, ggufValue } from "./gguf-value.js";
export { type TensorType, tensorTypes } from "./tensor-types.js";
