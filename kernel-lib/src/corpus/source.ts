// A source of passages: one file of the user's, or the embedded WordNet. It has a name, a hash of its content, and passages in a fixed
// order, so that a build that was killed finds its place again.
import { sha256File } from "../runtime/index.js";
import type { Domain } from "../seeds/index.js";
import { type Fields, readDocuments } from "./read-documents.js";
import type { SourceFile } from "./source-files.js";
import { type Cut, splitPassages } from "./split-passages.js";
import { wordnetFile, wordnetGlosses } from "./wordnet-glosses.js";

/** A passage before it has its place in a table. */
export interface Draft {
  id: string;
  text: string;
  /** Counts a source's passages from 1. */
  number: number;
  /** Bytes of the source read so far. */
  position: number;
}

export interface Source {
  root: string;
  name: string;
  bytes: number;
  /** SHA-256 of the content; read once. */
  hash(): Promise<string>;
  passages(): AsyncIterable<Draft>;
}

function once(make: () => Promise<string>): () => Promise<string> {
  let made: Promise<string> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * A row's own id is its passage's id; a row that is cut gives `id#1`, `id#2` …; passages of rows and paragraphs without an id are
 * `name#1`, `name#2` … through the whole file.
 */
export function fileSource({ root, name, path, bytes }: SourceFile, fields: Fields, cut: Cut): Source {
  return {
    ...{ root, name, bytes, hash: once(() => sha256File(path)) },
    async *passages() {
      let number = 0;
      for await (const { id, text, position = 0 } of readDocuments(path, fields)) {
        const pieces = splitPassages(text, cut);
        for (const [index, piece] of pieces.entries()) {
          number++;
          const own = id === undefined ? `${name}#${number}` : pieces.length === 1 ? id : `${id}#${index + 1}`;
          yield { id: own, text: piece, number, position };
        }
      }
    },
  };
}

export function wordnetSource(domain: Domain): Source {
  const file = wordnetFile();
  return {
    ...{ root: "wordnet", name: "WordNet 3.1", bytes: 0, hash: once(async () => `${domain} ${await sha256File(file)}`) },
    async *passages() {
      for (const [index, { id, text }] of wordnetGlosses(domain, file).entries())
        yield { id, text, number: index + 1, position: 0 };
    },
  };
}
