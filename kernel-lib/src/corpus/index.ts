export { b as bm25B, k1 as bm25K1 } from "./bm25.js";
export { type BuildOptions, type BuildResult, buildCorpus, defaultSettings } from "./build-corpus.js";
export { type Corpus, openBuiltCorpus, openCorpus } from "./corpus.js";
export { type FoundPassage, type Passage, passageSchema } from "./passage.js";
export { type Query, readQueries } from "./queries.js";
export { type CorpusSettings, isBuilt } from "./tables.js";
export { wordnetGlosses } from "./wordnet-glosses.js";
