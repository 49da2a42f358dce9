export { type Corpus, openCorpus } from "./corpus.js";
export { type FoundPassage, type Passage, passageSchema } from "./passage.js";
