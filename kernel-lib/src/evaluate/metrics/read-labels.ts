// Reads one label or several out of an answer.
import { plain } from "./answer-text.js";
import { isNone } from "./entity-f1.js";
import { listLine } from "./read-lists.js";

const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The labels that stand in a line as whole words, each once, in order; where two begin at one place the longer one. */
function labelsIn(line: string, labels: readonly string[]): string[] {
  if (labels.length === 0) return [];
  const longestFirst = [...labels].sort((one, other) => other.length - one.length).map(escapeForRegExp);
  const anyLabel = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${longestFirst.join("|")})(?![\\p{L}\\p{N}_])`, "giu");
  const named = [...line.matchAll(anyLabel)].map(([word]) => strictLabel(word, labels));
  return [...new Set(named.filter((label) => label !== null))];
}

export function strictLabel(text: string, labels: readonly string[]): string | null {
  const word = plain(text.replace(/\.$/, ""));
  return labels.find((label) => plain(label) === word) ?? null;
}

/** The label that stands first in the first line; the longer one where two begin at the same place. */
export function lenientLabel(text: string, labels: readonly string[]): string | null {
  return labelsIn(text.split("\n")[0] ?? "", labels)[0] ?? null;
}

/** Labels with commas between them, each once, in the answer's order; or `none`. */
export function strictLabels(text: string, labels: readonly string[]): string | null {
  if (isNone.test(text)) return "none";
  if (text === "" || text.includes("\n")) return null;
  const named = text
    .replace(/\.$/, "")
    .split(",")
    .map((part) => strictLabel(part, labels));
  return named.every((label) => label !== null) && new Set(named).size === named.length ? named.join(", ") : null;
}

/** The labels that the list's line or lines name, each once. */
export function lenientLabels(text: string, labels: readonly string[]): string | null {
  const line = listLine(text);
  if (/^none\b/i.test(line)) return "none";
  return labelsIn(line, labels).join(", ") || null;
}
