// `corpus build|search`: text of one's own made searchable by BM25, and the passages that queries find.
import { type Command, Option } from "commander";
import { buildCorpus, type CorpusSettings, defaultSettings, isBuilt, openCorpus, readQueries } from "../corpus/index.js";
import { clock, InputError } from "../runtime/index.js";
import { type Domain, domains } from "../seeds/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { alignColumns, jsonOption, printResult } from "./output.js";
import { stageLines } from "./stage-lines.js";

interface SettingFlags {
  stem?: boolean;
  maxWords?: string;
  whole?: boolean;
  overlap?: string;
  keepDuplicates?: boolean;
  textField?: string;
  idField?: string;
}

function wholeNumber(flag: string, text: string, from: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= from) return Number(text);
  throw new InputError({ got: `${flag} ${text}`, allowed: `a whole number from ${from}` });
}

function settingsOf({
  stem,
  maxWords,
  whole,
  overlap,
  keepDuplicates,
  textField,
  idField,
}: SettingFlags): Partial<CorpusSettings> {
  return {
    ...(stem !== undefined && { stem }),
    ...(maxWords !== undefined && { maxWords: wholeNumber("--max-words", maxWords, 1) }),
    ...(whole && { maxWords: null }),
    ...(overlap !== undefined && { overlap: wholeNumber("--overlap", overlap, 0) }),
    ...(keepDuplicates !== undefined && { keepDuplicates }),
    ...(textField !== undefined && { textField }),
    ...(idField !== undefined && { idField }),
  };
}

const { maxWords, overlap, textField, idField } = defaultSettings;
const stemOption = ["--stem", "count English stems without stop words; default: words as written, in lower case"] as const;
const fieldOptions = [
  ["--text-field <name>", `field or column with the text; default ${textField}`],
  ["--id-field <name>", `field or column with a row's own id; default ${idField}`],
] as const;

interface BuildFlags extends SettingFlags {
  to: string;
  licence?: string;
  only?: boolean;
  json?: boolean;
}

async function build(sources: string[], flags: BuildFlags): Promise<void> {
  const result = await buildCorpus({
    ...{ sources, to: flags.to, settings: settingsOf(flags), only: flags.only ?? false },
    ...(flags.licence !== undefined && { licence: flags.licence }),
    ...{ onProgress: stageLines(), signal: abortOnInterrupt() },
  });
  const { files, passages, passagesAdded, duplicates, seconds } = result;
  const lines = [
    `${passages} passages in ${result.to}`,
    `files: ${files.added} added, ${files.changed} changed, ${files.removed} removed, ${files.unchanged} unchanged`,
    `${passagesAdded} passages added, ${duplicates} left out as duplicates, ${seconds.toFixed(1)} s`,
  ];
  printResult(flags, result, lines.join("\n"));
}

interface SearchFlags extends SettingFlags {
  corpus: string;
  queries?: string;
  query?: string;
  top: string;
  domain: Domain;
  text?: boolean;
  json?: boolean;
}

/** How many searches are under way at once: LanceDB's threads then always have work. */
const together = 8;

async function search(flags: SearchFlags): Promise<void> {
  const top = wholeNumber("--top", flags.top, 1);
  if ((flags.query === undefined) === (flags.queries === undefined))
    throw new InputError({ got: "no query, or both --query and --queries", allowed: "one of them" });
  const queries = flags.queries === undefined ? [{ query: flags.query! }] : readQueries(flags.queries);
  const given = settingsOf(flags);
  if (isBuilt(flags.corpus) && Object.keys(given).length > 0)
    throw new InputError({
      got: `${Object.keys(given).join(", ")} for a built corpus`,
      allowed: "what it was built with",
      todo: "leave it out",
    });
  const corpus = await openCorpus({
    ...{ domain: flags.domain, source: flags.corpus },
    settings: { stem: false, maxWords: null, keepDuplicates: true, ...given },
    ...{ onProgress: stageLines(), signal: abortOnInterrupt() },
  });
  try {
    const began = clock.elapsed();
    const results = [];
    for (let at = 0; at < queries.length; at += together)
      results.push(
        ...(await Promise.all(
          queries.slice(at, at + together).map(async ({ query, id }) => ({
            ...(id !== undefined && { id }),
            query,
            hits: (
              await corpus.search(query, top)
            ).map(({ id: passage, score, rank, text }) => ({
              ...{ id: passage, score, rank },
              ...(flags.text && { text }),
            })),
          })),
        )),
      );
    const seconds = (clock.elapsed() - began) / 1000;
    const document = {
      corpus: { passages: corpus.count, fingerprint: corpus.fingerprint, ...corpus.settings },
      seconds,
      results,
    };
    const rows = results.flatMap(({ query, hits }) => [
      [query],
      ...hits.map(({ id, score, rank, text }) => [`  ${rank}`, score.toFixed(4), id, ...(text === undefined ? [] : [text])]),
    ]);
    printResult(flags, document, alignColumns(rows));
  } finally {
    corpus.close();
  }
}

export function addCorpusCommand(program: Command): void {
  const corpus = program.command("corpus").description("text of your own, searchable by BM25");
  const building = corpus
    .command("build <sources...>")
    .description(
      "index .txt, .md, .jsonl and .parquet files or folders of them; the same command again adds new files, replaces changed ones, takes out vanished ones, and goes on where a killed build stopped",
    )
    .requiredOption(
      "--to <place>",
      "a folder, or object storage that LanceDB knows: s3://…, gs://…, az://… (credentials from the environment)",
    )
    .option("--max-words <number>", `the most words of a passage; longer texts are cut between sentences; default ${maxWords}`)
    .addOption(new Option("--whole", "do not cut: a row or paragraph is a passage").conflicts("maxWords"))
    .option("--overlap <words>", `sentences up to so many words are repeated in the next passage; default ${overlap}`)
    .option("--keep-duplicates", "keep passages whose words another one has too; default: the first stays")
    .option(...stemOption);
  for (const [flag, meaning] of fieldOptions) building.option(flag, meaning);
  building
    .option("--licence <text>", "licence of the texts, stated with every passage")
    .option("--only", "take out files of sources that are not named here, too")
    .option(...jsonOption)
    .action(build);
  const searching = corpus
    .command("search")
    .description(
      'the best passages for each query, as ids and scores (Lucene\'s BM25, k1 1.5, b 0.75). A .jsonl row {"id", "text"} is one passage under its own id; where --max-words cuts it, the pieces are id#1, id#2 …',
    )
    .requiredOption(
      "--corpus <place>",
      '"wordnet", a file or folder (indexed on the first call, then kept in the cache), or what corpus build made',
    )
    .option("--queries <file>", 'JSON Lines: {"query"} or {"text"}, with an "id" if you like')
    .option("--query <text>", "one query")
    .option("--top <number>", "passages a query", "10")
    .addOption(new Option("--domain <name>", "which part of wordnet").choices(domains).default(domains[0]))
    .option("--text", "the passages' text too")
    .option("--max-words <number>", "cut longer texts between sentences; default: a row or paragraph is a passage")
    .option("--overlap <words>", "with --max-words: sentences up to so many words are repeated")
    .option(...stemOption);
  for (const [flag, meaning] of fieldOptions) searching.option(flag, meaning);
  searching.option(...jsonOption).action(search);
}
