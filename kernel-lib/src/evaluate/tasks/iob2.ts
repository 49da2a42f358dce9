// Sentences tagged in IOB2 (Tjong Kim Sang & Veenstra 1999): `token TAB tag` a line, an empty line after each sentence.
import { InputError } from "../../runtime/index.js";
import { detokenise } from "./detokenise.js";
import type { Entity } from "./task.js";

export interface TaggedToken {
  token: string;
  /** `O`, `B-Type` or `I-Type`. */
  tag: string;
}

/**
 * Splits an IOB2 file into its sentences. `types` are the entity types that may occur.
 * @throws InputError with the line number of a line that is no `token TAB tag`, of an unknown type, or of an I- tag that continues nothing.
 */
export function readIob2(text: string, options: { name: string; types: readonly string[] }): TaggedToken[][] {
  const { name, types } = options;
  const allowedTags = new Set(["O", ...types.flatMap((type) => [`B-${type}`, `I-${type}`])]);
  const sentences: TaggedToken[][] = [];
  let sentence: TaggedToken[] = [];
  const endSentence = (): void => {
    if (sentence.length > 0) sentences.push(sentence);
    sentence = [];
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") {
      endSentence();
      continue;
    }
    const refuse = (got: string, allowed: string): never => {
      throw new InputError({ got: `${name}:${index + 1} ${got}`, allowed, todo: "correct that line or fetch the file again" });
    };
    const [token, tag, ...more] = line.split("\t");
    if (!token || tag === undefined || more.length > 0)
      return refuse(`is "${line}"`, "token TAB tag, or an empty line after a sentence");
    if (!allowedTags.has(tag)) refuse(`has the tag "${tag}"`, `O, and B- or I- with ${types.join(", ")}`);
    const previous = sentence.at(-1)?.tag;
    if (tag.startsWith("I-") && previous?.slice(2) !== tag.slice(2))
      refuse(`continues no entity with "${tag}"`, `B-${tag.slice(2)} first`);
    sentence.push({ token, tag });
  }
  endSentence();
  return sentences;
}

/** A tagged sentence as readable text, with its entities as verbatim parts of that text, in order. */
export function readSentence(sentence: readonly TaggedToken[]): { text: string; entities: Entity[] } {
  const { text, spans } = detokenise(sentence.map(({ token }) => token));
  const entities: Entity[] = [];
  for (let first = 0; first < sentence.length; first++) {
    const { tag } = sentence[first]!;
    if (!tag.startsWith("B-")) continue;
    let last = first;
    while (sentence[last + 1]?.tag.startsWith("I-")) last++;
    entities.push({ text: text.slice(spans[first]!.start, spans[last]!.end), type: tag.slice(2) });
  }
  return { text, entities };
}
