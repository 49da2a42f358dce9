// Passages in front of a question: what the base model gains by looking things up alone, from the corpus that grounds the responses.
import { type Corpus, openCorpus } from "../corpus/index.js";
import type { Retrieve } from "../evaluate/index.js";
import type { RunConfig } from "./config.js";

export interface EvaluationRetrieval {
  retrieve: Retrieve;
  close(): void;
}

/** Searches the corpus of `config.retrieval` with an item's input; opened when it is first asked, each input looked up once. */
export function openRetrieval({ domain, retrieval }: Pick<RunConfig, "domain" | "retrieval">): EvaluationRetrieval {
  let opened: Promise<Corpus> | undefined;
  const found = new Map<string, ReturnType<Corpus["search"]>>();
  return {
    async retrieve({ input }) {
      opened ??= openCorpus({ domain, source: retrieval.corpus });
      const search = found.get(input) ?? (await opened).search(input, retrieval.passages);
      found.set(input, search);
      return { passages: await search };
    },
    close: () => void opened?.then((corpus) => corpus.close()),
  };
}
