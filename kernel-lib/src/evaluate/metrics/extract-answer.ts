// Takes the answer out of what a model wrote. Strict: the text is exactly in the asked format, anything else is a format failure.
// Lenient: the best reading, so that a wrong format alone does not cost the score.
import { completionStops } from "../../dataset/index.js";
import { isNone, readEntityList, type WrittenEntity } from "./entity-f1.js";
import type { BenchmarkTask } from "../tasks/index.js";

/** What extraction needs to know of a task. */
export type AnswerShape = Pick<BenchmarkTask, "answerFormat" | "labels">;

export interface ExtractedAnswer {
  strict: string | null;
  lenient: string | null;
}

/** The model's text up to the first stop, trimmed; a server that does not honour stops is cut the same way. */
function answerText(raw: string): string {
  const end = Math.min(...completionStops.map((stop) => raw.indexOf(stop)).filter((index) => index >= 0), raw.length);
  return raw.slice(0, end).trim();
}

/** The generated string that text metrics score: the answer's first paragraph. */
export function firstParagraph(raw: string): string {
  return (answerText(raw).split(/\n\s*\n/)[0] ?? "").trim();
}

const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const wholeWord = (word: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}_])${escapeForRegExp(word)}(?![\\p{L}\\p{N}_])`, "iu");
const plain = (text: string): string => text.toLowerCase().replace(/\s+/g, " ").trim();

function strictLabel(text: string, labels: readonly string[]): string | null {
  const word = plain(text.replace(/\.$/, ""));
  return labels.find((label) => plain(label) === word) ?? null;
}

/** The label that stands first in the first line; the longer one where two begin at the same place. */
function lenientLabel(text: string, labels: readonly string[]): string | null {
  const line = text.split("\n")[0] ?? "";
  const found = labels
    .map((label) => ({ label, at: line.search(wholeWord(label)) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || b.label.length - a.label.length);
  return found[0]?.label ?? null;
}

const writeEntity = ({ text, type }: WrittenEntity): string => (type === null ? text : `${text} <${type}>`);
const writeEntities = (entities: readonly WrittenEntity[]): string => entities.map(writeEntity).join(", ");

/** The input given back is no list, unless it is so short (a heading) that it may be one name. */
const isCopy = (text: string, input: string): boolean => plain(text) === plain(input) && plain(input).split(" ").length > 5;

function strictList(text: string, input: string, types: readonly string[] | null): string | null {
  if (text.includes("\n") || isCopy(text, input)) return null;
  if (isNone.test(text)) return "none";
  const entities = readEntityList(text);
  const source = plain(input);
  const fits = ({ text: name, type }: WrittenEntity): boolean =>
    source.includes(plain(name)) && (types === null ? type === null : type !== null && types.includes(type));
  return entities.length > 0 && entities.every(fits) ? writeEntities(entities) : null;
}

const bullet = /^\s*(?:[-*•]|\d+[.)])\s+/;

/** The lines that hold the list: all bulleted lines where there are any, else the first line without a lead-in like "Entities:". */
function listLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const bullets = lines.filter((line) => bullet.test(line)).map((line) => line.replace(bullet, "").trim());
  if (bullets.length > 0) return bullets.join(", ");
  const first = lines[0] ?? "";
  return /:\s*$/.test(first) && lines[1] !== undefined ? lines[1] : first.replace(/^[^:,<]*:\s+(?=\S)/, "");
}

/** A name without the quotes, the "and" and the full stop that belong to the sentence around it. */
function tidyName(name: string): string {
  return name
    .replace(/^and\s+/i, "")
    .replace(/^["'“‘`]+|["'”’`]+$/g, "")
    .replace(/\.$/, "")
    .trim();
}

function lenientList(text: string, types: readonly string[] | null): string | null {
  const line = listLine(text);
  if (/^none\b/i.test(line)) return "none";
  const typeNamed = (written: string): string => types?.find((type) => plain(type) === plain(written)) ?? written;
  const entities = readEntityList(line)
    .map(({ text: name, type }) => ({ text: tidyName(name), type: types === null || type === null ? null : typeNamed(type) }))
    .filter(({ text: name }) => name !== "");
  return writeEntities(entities) || null;
}

/**
 * Reads one generated text. Labels come back as the task spells them, lists with `, ` between their parts, an empty list as `none`.
 * A list is strict where it is one line, each part occurs in the input (in any case), is typed where types are asked, and the
 * whole is not just the input given back.
 */
export function extractAnswer(options: { raw: string; task: AnswerShape; input: string }): ExtractedAnswer {
  const { task, input } = options;
  const text = answerText(options.raw);
  const labels = task.labels ?? [];
  switch (task.answerFormat) {
    case "label":
      return { strict: strictLabel(text, labels), lenient: lenientLabel(text, labels) };
    case "list":
    case "typed-list": {
      const types = task.answerFormat === "list" ? null : labels;
      const strict = strictList(text, input, types);
      return { strict, lenient: strict ?? lenientList(text, types) };
    }
    case "text":
      return { strict: text || null, lenient: firstParagraph(options.raw) || null };
  }
}
