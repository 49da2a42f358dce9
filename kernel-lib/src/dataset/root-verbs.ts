// What an instruction asks to be done: its root verb and that verb's direct object, as in the verb–noun figures of Self-Instruct (Wang et
// al. 2023, fig. 3) and Self-Specialization. compromise tags the words; this file finds the clause that commands.
import { createRequire } from "node:module";
import type compromise from "compromise";

/** A command with its verb and, where the verb has one, its object (singular); a question; or neither of the two. */
export type Root =
  | { kind: "command"; verb: string; object: string | null }
  | { kind: "question"; verb: null; object: null }
  | { kind: "other"; verb: null; object: null };

interface Term {
  normal: string;
  tags: string[];
}

const question: Root = { kind: "question", verb: null, object: null };
const other: Root = { kind: "other", verb: null, object: null };

let tagger: typeof compromise | undefined;
/** Loaded on the first call: its lexicon takes a tenth of a second. */
const nlp = (): typeof compromise => {
  tagger ??= createRequire(import.meta.url)("compromise") as typeof compromise;
  return tagger;
};

/** The verb and its object stand within this many words of the clause's beginning. */
const clauseWords = 10;
const particles = ["out", "down", "up", "off", "over"];
/** Tagged as nouns at times, and never the object. */
const quantifiers = ["all", "both", "following"];
const askingWords = /^\W*(?:what|which|who|whom|whose|why|how|where)\b/i;

const is = (term: Term | undefined, ...tags: string[]): boolean =>
  term !== undefined && tags.some((tag) => term.tags.includes(tag));

/**
 * The words of a clause, tagged as if "please" stood before it: a noun that can be a verb is one there. A capital would make it a name, a
 * hyphen two words, an 's a form of "be".
 */
function tag(clause: string): Term[] {
  const plain = clause
    .replace(/^\W*(?:you|we) (?:need to|have to|should|must) /i, "")
    .replace(/\b(?:the|an?) (?:[\w-]+ ){0,3}?[\w-]+[’']s\b/gi, "its")
    .replace(/(\w)(?:-(?=\w)|[’']s\b)/g, "$1");
  const words = (plain.match(/[^\s"“”()]+/g) ?? []).slice(0, clauseWords).join(" ");
  const sentences = nlp()(`please ${words.charAt(0).toLowerCase()}${words.slice(1)}`).json() as { terms: Term[] }[];
  return sentences.flatMap(({ terms }) => terms).slice(1);
}

function isCommand([first, second]: Term[]): boolean {
  if (is(first, "Copula", "Auxiliary", "Modal", "Gerund", "PastTense")) return false;
  // No noun stands right before a determiner: "output the parts" commands whatever its first word is tagged as.
  return (
    is(first, "Infinitive", "Imperative") || (is(first, "Noun") && is(second, "Determiner") && !is(first, "Plural", "Pronoun"))
  );
}

const singulars = new Map<string, string>();
function singular(noun: string): string {
  if (!/[^aisu]s$/.test(noun)) return noun;
  let known = singulars.get(noun);
  if (known === undefined) {
    known = nlp()(`the ${noun}`).nouns().toSingular().text().replace(/^the /, "") || noun;
    singulars.set(noun, known);
  }
  return known;
}

/** The head, the last word, of the first run of nouns; null where something else than what leads up to a noun comes before it. */
function objectOf(terms: readonly Term[]): string | null {
  let head: string | null = null;
  for (const [index, term] of terms.entries()) {
    // "into this sentence": what stands behind a determiner and is no participle names a thing, though the word may be a verb elsewhere.
    const isThing = is(term, "Infinitive") && is(terms[index - 1], "Determiner");
    if (quantifiers.includes(term.normal)) continue;
    if ((is(term, "Noun") && !is(term, "Pronoun", "Possessive")) || isThing) head = term.normal;
    else if (head !== null) break;
    else if (!is(term, "Determiner", "Adjective", "Adverb", "Value", "Pronoun", "Possessive", "PastTense", "Gerund")) return null;
  }
  return head === null ? null : singular(head);
}

/**
 * The root of an instruction: its first sentence that asks or commands decides, in it the first clause that begins with a verb's bare
 * form. A question is its own kind, as its verb says little about the task.
 */
export function rootOf(instruction: string): Root {
  for (const sentence of instruction.split(/(?<=[.?!])\s+/)) {
    if (/\?\W*$/.test(sentence)) return question;
    for (const clause of sentence.split(/[,:;–—]\s+/)) {
      const terms = tag(clause);
      if (isCommand(terms)) {
        const rest = terms.slice(particles.includes(terms[1]?.normal ?? "") ? 2 : 1);
        return { kind: "command", verb: terms[0]!.normal, object: objectOf(rest) };
      }
      if (askingWords.test(clause) || is(terms[0], "Copula", "Auxiliary", "Modal")) return question;
    }
  }
  return other;
}

/** How often a verb–object pair, or another kind of root, is the root of an instruction. */
export interface RootCount {
  kind: Root["kind"];
  verb: string | null;
  object: string | null;
  rows: number;
  /** Of all instructions, 0–1. */
  share: number;
}

/** Roots of all instructions, commonest first. Equal instructions are tagged once: about a millisecond each. */
export function countRoots(instructions: readonly string[]): RootCount[] {
  const known = new Map<string, Root>();
  const counts = new Map<string, { root: Root; rows: number }>();
  for (const instruction of instructions) {
    const root = known.get(instruction) ?? rootOf(instruction);
    known.set(instruction, root);
    const key = JSON.stringify([root.kind, root.verb, root.object]);
    const count = counts.get(key) ?? { root, rows: 0 };
    count.rows++;
    counts.set(key, count);
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n.rows - m.rows || (a < b ? -1 : 1))
    .map(([, { root, rows }]) => ({ ...root, rows, share: rows / instructions.length }));
}
