export { compareRounds, measureRound, type RoundComparison, type RoundMeasures } from "./compare-rounds.js";
export { entropyBits, gini } from "./concentration.js";
export { type DatasetCardOptions, datasetCard } from "./dataset-card.js";
export { type DemonstrationSimilarity, demonstrationSimilarity } from "./demonstration-similarity.js";
export { type DomainTexts, type DomainWords, domainWords } from "./domain-words.js";
export { chooseExportFormat, type Exported, type ExportFormat, exportFormats, exportRows } from "./export-rows.js";
export { type Cell, toColumns, toFrame } from "./frame.js";
export { type Bin, histogram, lengthHistograms, type Part } from "./histogram.js";
export { type LabelBalance, labelBalance } from "./label-balance.js";
export { domainLeakage, type Leakage, type LeakageExample } from "./leakage.js";
export { type NoveltyHistogram, noveltyHistogram } from "./novelty-scores.js";
export { type Offspring, seedOffspring } from "./offspring.js";
export {
  completionStops,
  type Demonstration,
  type PromptParts,
  type PromptTemplate,
  promptTemplateId,
  promptTemplates,
  renderPrompt,
  stopsOf,
} from "./prompt-template.js";
export { readTriples } from "./read-triples.js";
export { countRoots, type Root, type RootCount, rootOf } from "./root-verbs.js";
export { type DatasetSummary, distinctN, type LengthSummary, summarise } from "./summary.js";
export { type RowTrace, type ShownDemonstration, type TracedPassage, type TracedPrompt, traceRow } from "./trace.js";
export { type Triple, tripleSchema } from "./triple.js";
export { buildTriples, seedTriples } from "./triples.js";
