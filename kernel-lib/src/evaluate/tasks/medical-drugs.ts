// Medical Drugs: how a post speaks of a drug. The data of a public hackathon (Innoplexus 2019), whose terms forbid passing it on.
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { InputError, sha256 } from "../../runtime/index.js";
import { splitByContent } from "./content-split.js";
import type { BenchmarkTask } from "./task.js";

/** Of the posts; the others are demonstrations. */
const testShare = 0.8;

const csvFile = "medical-drugs/train.csv";

/** As the hackathon numbers them: 0, 1, 2. */
const labels = ["positive", "negative", "neutral"] as const;

const columns = "the columns text, drug and sentiment (0 positive, 1 negative, 2 neutral, or the words)";
const rowSchema = z.object({
  text: z.string().min(1),
  drug: z.string().min(1),
  sentiment: z
    .string()
    .trim()
    .min(1, "the cell is empty")
    .transform((written) => labels[Number(written)] ?? written.toLowerCase())
    .pipe(z.enum(labels)),
});
type Row = z.infer<typeof rowSchema>;

function readRows(text: string): Row[] {
  const refuse = (got: string): never => {
    throw new InputError({ got: `${csvFile} ${got}`, allowed: columns, todo: "correct the file" });
  };
  let records: unknown[];
  try {
    records = parse(text, {
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      skip_empty_lines: true,
      trim: true,
    });
  } catch (error) {
    return refuse(`cannot be read (${(error as Error).message})`);
  }
  return records.map((record, index) => {
    const parsed = rowSchema.safeParse(record);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    return refuse(`has a bad ${issue.path.join(".")} in row ${index + 1}: ${issue.message}`);
  });
}

/** Words of a post that a prompt shows: forum threads run to thousands. */
const postWords = 150;

/** The words around the first mention of the drug; the beginning where it is not mentioned by that name. */
function aroundDrug({ text, drug }: Row): string {
  const words = text.split(/\s+/).filter(Boolean);
  const mention = words.findIndex((word) => word.toLowerCase().includes(drug.toLowerCase()));
  const start = Math.max(0, Math.min(mention - postWords / 2, words.length - postWords));
  return words.slice(start, start + postWords).join(" ");
}

export const medicalDrugs: BenchmarkTask = {
  id: "medical-drugs",
  title: "Medical Drugs",
  version: 1,
  domain: "biomedicine",
  suite: "paper",
  card: "How a post speaks of one drug. The labels are noisy; one post may be rated for several drugs, and is one document here. Long posts are cut to the words around the drug.",
  source: { repository: "Innoplexus hackathon (Analytics Vidhya)", path: "train.csv" },
  licence: "the hackathon's terms; not to be passed on",
  files: [
    {
      name: csvFile,
      obtain: `take your own copy, a CSV with ${columns}, and put it as ${csvFile} into a folder that --from or SELFSPEC_BENCHMARKS names`,
    },
  ],
  splits: {
    test: "four in five posts by a hash, for want of an official split",
    demonstrations: "every fifth post",
  },
  instruction:
    "Read the text and say how it speaks of the drug. Answer with one word: positive if the drug helps, negative if it harms or fails, neutral if the text tells neither.",
  inputFormat: "the text, then the drug's name",
  answerFormat: "label",
  labels,
  metrics: ["accuracy", "macro-f1", "token-f1", "rouge-l-stem"],
  requiresEntity: false,
  load: (source, split) =>
    readRows(source.text(csvFile))
      .map((row, index) => ({ row, id: `row-${String(index + 1).padStart(4, "0")}`, document: sha256(row.text).slice(0, 12) }))
      .filter(({ document }) => splitByContent(document, testShare) === split)
      .map(({ row, id, document }) => ({
        id,
        input: `Text: ${aroundDrug(row)}\nDrug: ${row.drug}`,
        gold: row.sentiment,
        label: row.sentiment,
        document,
      })),
};
