// Reads lists of names out of an answer: entities, with or without types, and items of any kind.
import { hasLeadIn, isCopy, plain } from "./answer-text.js";
import { isNone, readEntityList, type WrittenEntity } from "./entity-f1.js";

const writeEntity = ({ text, type }: WrittenEntity): string => (type === null ? text : `${text} <${type}>`);
const writeEntities = (entities: readonly WrittenEntity[]): string => entities.map(writeEntity).join(", ");

/** Names that stand in the input, with one of the types where types are asked. */
export function strictEntities(text: string, input: string, types: readonly string[] | null): string | null {
  if (text.includes("\n") || isCopy(text, input)) return null;
  if (isNone.test(text)) return "none";
  const entities = readEntityList(text);
  const source = plain(input);
  const fits = ({ text: name, type }: WrittenEntity): boolean =>
    source.includes(plain(name)) && (types === null ? type === null : type !== null && types.includes(type));
  return entities.length > 0 && entities.every(fits) ? writeEntities(entities) : null;
}

/** Names in one line with commas between them and nothing else. */
export function strictItems(text: string, input: string): string | null {
  if (text.includes("\n") || isCopy(text, input) || hasLeadIn(text)) return null;
  return writeEntities(readEntityList(text)) || (isNone.test(text) ? "none" : null);
}

const bullet = /^\s*(?:[-*•]|\d+[.)])\s+/;

/** The lines that hold the list: all bulleted lines where there are any, else the first line without a lead-in like "Entities:". */
export function listLine(text: string): string {
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

export function lenientList(text: string, types: readonly string[] | null): string | null {
  const line = listLine(text);
  if (/^none\b/i.test(line)) return "none";
  const typeNamed = (written: string): string => types?.find((type) => plain(type) === plain(written)) ?? written;
  const entities = readEntityList(line)
    .map(({ text: name, type }) => ({ text: tidyName(name), type: types === null || type === null ? null : typeNamed(type) }))
    .filter(({ text: name }) => name !== "");
  return writeEntities(entities) || null;
}
