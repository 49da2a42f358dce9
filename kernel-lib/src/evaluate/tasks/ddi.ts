// DDI 2013 (Herrero-Zazo et al. 2013): does a sentence state an interaction of two drugs? The corpus of the DDIExtraction challenge.
import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import { InputError } from "../../runtime/index.js";
import { githubFile } from "./github-file.js";
import type { ArchiveEntry, BenchmarkTask, Split, TaskItem } from "./task.js";

const source = {
  repository: "isegura/DDICorpus",
  commit: "819b0fa538ed83ab2a8b4f5417bba3c03249b7f3",
  path: "DDICorpus-2013.zip",
};
const archive = "ddi/DDICorpus-2013.zip";

/** The corpus's third folder, that of the name recognition task, repeats documents and is not used. */
const folderOfSplit: Record<Split, string> = { test: "/Test/Test for DDI Extraction task/", demonstrations: "/Train/" };

const sentenceSchema = z.object({
  text: z.string(),
  entity: z.array(z.object({ id: z.string(), text: z.string().min(1) })).default([]),
  pair: z.array(z.object({ id: z.string(), e1: z.string(), e2: z.string(), ddi: z.enum(["true", "false"]) })).default([]),
});
const documentSchema = z.object({ document: z.object({ id: z.string(), sentence: z.array(sentenceSchema).default([]) }) });

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  htmlEntities: true, // numeric ones too: texts end in &#xd;&#xa;
  isArray: (name) => ["sentence", "entity", "pair"].includes(name),
});

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** A document's pairs, a question each. */
function readDocument({ path, text }: ArchiveEntry): TaskItem[] {
  const refuse = (got: string): never => {
    throw new InputError({ got: `${archive}: ${path} ${got}`, allowed: "a document of the DDI corpus", todo: "fetch it again" });
  };
  const parsed = documentSchema.safeParse(parser.parse(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return refuse(`has a bad entry at ${issue.path.join(".")}: ${issue.message}`);
  }
  const { id: document, sentence: sentences } = parsed.data.document;
  return sentences.flatMap((sentence) => {
    const nameOf = (id: string): string =>
      oneLine(sentence.entity.find((entity) => entity.id === id)?.text ?? refuse(`has a pair of ${id}, which is no entity`));
    return sentence.pair.map(({ id, e1, e2, ddi }): TaskItem => {
      const input = `Context: ${oneLine(sentence.text)}\nDrug_1: ${nameOf(e1)}\nDrug_2: ${nameOf(e2)}`;
      return { id, input, gold: ddi, label: ddi, document };
    });
  });
}

export const ddi: BenchmarkTask = {
  id: "ddi",
  title: "DDI",
  version: 1,
  domain: "biomedicine",
  suite: "paper",
  card: "A sentence and two of its drug mentions; the four kinds of interaction are all true, as in BoX. Five of six pairs are false, so the macro average stands beside the accuracy. Two mentions of one name in a sentence cannot be told apart: the 5,716 test pairs make 5,169 different questions, of which 128 have both answers.",
  source,
  licence: "CC BY-NC 4.0",
  files: [
    githubFile(source, {
      name: archive,
      path: source.path,
      sha256: "87fc63e32ebce20d9841c372e0c594ec72d60882ab5621550ca73c3eaf80ab60",
      bytes: 1_545_162,
      rows: { documents: 1017 },
    }),
  ],
  splits: { test: "the official test of the extraction task", demonstrations: "the training documents" },
  instruction:
    "Read the sentence and the names of two drugs in it. Answer true if the sentence says that the two drugs interact with each other, and false if it does not.",
  inputFormat: "the sentence, then the two names",
  answerFormat: "label",
  labels: ["true", "false"],
  metrics: ["accuracy", "macro-f1", "token-f1", "rouge-l-stem"],
  requiresEntity: false,
  load: (files, split) =>
    files
      .entries(archive)
      .filter(({ path }) => path.endsWith(".xml") && `/${path}`.includes(folderOfSplit[split]))
      .flatMap(readDocument),
};
