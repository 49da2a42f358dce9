export { exportAlpaca, exportJsonl } from "./exports.js";
export { type Cell, toColumns, toFrame } from "./frame.js";
export { completionStops, type Demonstration, type PromptParts, renderPrompt } from "./prompt-template.js";
export { type DatasetSummary, distinctN, type LengthSummary, summarise } from "./summary.js";
export { type Triple, tripleSchema } from "./triple.js";
export { buildTriples, seedTriples } from "./triples.js";
