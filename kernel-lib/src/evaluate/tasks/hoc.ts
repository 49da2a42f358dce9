// Hallmarks of Cancer (Baker et al. 2016): which of ten hallmarks does an abstract speak of? Labels stand at its sentences.
import { InputError } from "../../runtime/index.js";
import { splitByContent } from "./content-split.js";
import type { ArchiveEntry, BenchmarkTask, TaskItem } from "./task.js";

const archive = "hoc/hoc.tar.gz";

/** Of the abstracts; the others are demonstrations. */
const testShare = 0.8;

const hallmarks = [
  "Sustaining proliferative signaling",
  "Evading growth suppressors",
  "Resisting cell death",
  "Enabling replicative immortality",
  "Inducing angiogenesis",
  "Activating invasion and metastasis",
  "Genomic instability and mutation",
  "Tumor promoting inflammation",
  "Cellular energetics",
  "Avoiding immune destruction",
] as const;

/** Not a hallmark: the sentence speaks of none. */
const noLabel = ["", "NULL"];

/** The hallmarks of one sentence: `Hallmark--sub--sub ANDHallmark`, of which the part before the first `--` counts. */
const labelsOfSlot = (slot: string): string[] =>
  slot
    .split("AND")
    .map((label) => label.split("--")[0]!.trim())
    .filter((label) => !noLabel.includes(label));

/** An abstract with the hallmarks of all its sentences. */
function readDocument(pmid: string, text: string, labels: string): TaskItem {
  const refuse = (got: string): never => {
    throw new InputError({
      got: `${archive}: ${pmid}.txt has ${got}`,
      allowed: "a text and a labels file, with a < before the labels of each sentence",
      todo: "pack the files again",
    });
  };
  const sentences = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const slots = labels.split("<").slice(1);
  if (sentences.length !== slots.length) refuse(`${sentences.length} sentences and labels for ${slots.length}`);
  const named = new Set(slots.flatMap(labelsOfSlot));
  const found = hallmarks.filter((hallmark) => named.delete(hallmark));
  if (named.size > 0) refuse(`the label "${[...named][0]}"`);
  return { id: pmid, input: sentences.join(" "), gold: found.join(", ") || "none", labels: found, document: pmid };
}

/** The archive's files in a folder, by PubMed id. */
const filesIn = (entries: readonly ArchiveEntry[], folder: string): Map<string, string> =>
  new Map(
    entries.flatMap((entry) => {
      const pmid = new RegExp(`(?:^|/)${folder}/(\\d+)\\.txt$`).exec(entry.path)?.[1];
      return pmid === undefined ? [] : [[pmid, entry.text] as const];
    }),
  );

export const hoc: BenchmarkTask = {
  id: "hoc",
  title: "HoC",
  version: 1,
  domain: "biomedicine",
  suite: "paper",
  card: "An abstract is an item, and its hallmarks are those of all its sentences; BoX shows single sentences. The source has no split, and the published ones are not at hand: four in five abstracts are scored, by a hash of the PubMed id, so scores compare with nobody's. One abstract in six has no hallmark.",
  source: {
    repository: "sb895/Hallmarks-of-Cancer",
    commit: "3bc6e6deb90cf5bc4f9988c493fe2c32e9b3cf2a",
    path: "text and labels",
  },
  licence: "GPL-3.0",
  files: [
    {
      name: archive,
      aliases: ["hoc/hoc-even.tar.gz"],
      obtain: `clone https://github.com/sb895/Hallmarks-of-Cancer, pack its folders with \`tar czf hoc.tar.gz text labels\` and put that as ${archive} into a folder that --from or SELFSPEC_BENCHMARKS names`,
    },
  ],
  splits: {
    test: "four in five abstracts by a hash, for want of an official split",
    demonstrations: "every fifth abstract",
  },
  instruction: `Read the abstract and name every hallmark of cancer that it gives evidence of: ${hallmarks.join(", ")}. Answer with the names separated by commas, or none if it speaks of no hallmark.`,
  inputFormat: "the abstract, its tokens separated by spaces as in the source",
  answerFormat: "labels",
  labels: hallmarks,
  metrics: ["multilabel-f1", "token-f1", "box-f1", "rouge-l-stem"],
  requiresEntity: false,
  load(source, split) {
    const entries = source.entries(archive);
    const labels = filesIn(entries, "labels");
    return [...filesIn(entries, "text")]
      .filter(([pmid]) => splitByContent(pmid, testShare) === split)
      .map(([pmid, text]) => readDocument(pmid, text, labels.get(pmid) ?? ""));
  },
};
