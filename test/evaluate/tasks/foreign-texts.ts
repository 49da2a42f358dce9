// The words of the originals and of what is committed, and the runs of words that both have.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readArchive } from "../../../kernel-lib/src/evaluate/data/archive.js";
import { projectRoot } from "../../../kernel-lib/src/runtime/index.js";

/** Lower-case runs of letters and digits; escapes of JSON and XML are no words. */
export const wordsOf = (text: string): string[] =>
  text
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\[nrt]|&#?\w+;/g, " ")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

/** The strings of a JSON value; its field names are a format, nobody's sentences. */
function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}

/** What a file says without its mark-up and field names, in pieces that no run of words goes across. */
function piecesOf(name: string, text: string): string[] {
  if (name.endsWith(".json")) return stringsOf(JSON.parse(text));
  if (name.endsWith(".jsonl")) return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : stringsOf(JSON.parse(line))));
  if (name.endsWith(".tsv")) return [text.replace(/\t.*$/gm, "")];
  if (name.endsWith(".csv")) return text.split("\n").slice(1);
  if (name.endsWith(".xml")) return [...text.matchAll(/<sentence [^>]*?text="([^"]*)"/g)].map(([, sentence]) => sentence!);
  return [/FIN\d\.txt$/.test(name) ? text.replace(/ .*$/gm, "") : text];
}

/** The words of every original below a folder, archives included, a piece each; licences and labels are nobody's sentences. */
export function* foreignWords(folder: string): Generator<string[]> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* foreignWords(path);
    else if (/\.(zip|tar\.gz)$/.test(name)) {
      for (const entry of readArchive(name, readFileSync(path)))
        if (/(\.xml|\/text\/\d+\.txt)$/.test(entry.path)) yield* piecesOf(entry.path, entry.text).map(wordsOf);
    } else if (/\.(tsv|txt|csv|jsonl?|gz)$/.test(name)) {
      const bytes = readFileSync(path);
      const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
      yield* piecesOf(name.replace(/\.gz$/, ""), text).map(wordsOf);
    }
  }
}

/** The text of every committed file below `folders`, the whole tree by default, packed ones unpacked. */
export function committedTexts(folders: readonly string[] = ["."]): { path: string; text: string }[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--", ...folders], { cwd: projectRoot(), encoding: "utf8" });
  return listed
    .split("\0")
    .filter((path) => /(\.(tsv|txt|csv|xml|jsonl?|md|html|ipynb|tsx?|m?js|py|ya?ml)(\.gz)?)$/.test(path))
    .map((path) => {
      const bytes = readFileSync(join(projectRoot(), path));
      return { path, text: (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8") };
    });
}

export interface SharedRun {
  /** The committed file. */
  path: string;
  words: string;
}

/** Every run of `length` words of the committed texts that also stands in a foreign one. */
export function sharedRuns(options: {
  committed: readonly { path: string; text: string }[];
  foreign: Iterable<readonly string[]>;
  length: number;
}): SharedRun[] {
  const { committed, foreign, length } = options;
  const numbers = new Map<string, number>();
  const words: string[] = [];
  const ours: number[] = [];
  const starts = committed.map(({ text }) => {
    const start = ours.length;
    for (const word of wordsOf(text)) {
      let number = numbers.get(word);
      if (number === undefined) {
        number = words.push(word);
        numbers.set(word, number);
      }
      ours.push(number);
    }
    ours.push(-1); // no run goes from one file into the next
    return start;
  });
  const hashAt = (sequence: readonly number[], at: number): number => {
    let hash = 0;
    for (let index = at; index < at + length; index++) hash = (Math.imul(hash, 1_000_003) + sequence[index]!) | 0;
    return hash;
  };
  const places = new Map<number, number[]>();
  for (let at = 0; at + length <= ours.length; at++) {
    const hash = hashAt(ours, at);
    const known = places.get(hash);
    if (known) known.push(at);
    else places.set(hash, [at]);
  }
  const found = new Map<number, SharedRun>();
  for (const piece of foreign) {
    const theirs = piece.map((word) => numbers.get(word) ?? 0);
    let unknownAt = -1;
    for (let end = 0; end < theirs.length; end++) {
      if (theirs[end] === 0) unknownAt = end;
      const at = end - length + 1;
      if (at <= unknownAt) continue;
      for (const place of places.get(hashAt(theirs, at)) ?? []) {
        if (found.has(place) || !theirs.slice(at, end + 1).every((number, index) => number === ours[place + index])) continue;
        const file = starts.findLastIndex((start) => start <= place);
        found.set(place, {
          path: committed[file]!.path,
          words: ours
            .slice(place, place + length)
            .map((number) => words[number - 1])
            .join(" "),
        });
      }
    }
  }
  return [...found.values()];
}
