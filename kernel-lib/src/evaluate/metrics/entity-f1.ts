// Entities of generated lists: one counts where its string (and its type, if the answer gives types) is in the gold list.
// Sets, not bags: the gold answers name each entity once.

export interface EntityCounts {
  common: number;
  predicted: number;
  gold: number;
}

/** One entity of a written answer; `type` is null where the answer names none. */
export interface WrittenEntity {
  text: string;
  type: string | null;
}

/** The answer that says there is no entity. */
export const isNone = /^\s*none\s*\.?\s*$/i;

const typedPart = /\s*(.+?)\s*<([^<>]+)>\s*(?:[,;]|$)/y;

/**
 * Reads `name, name` or `name <Type>, name <Type>`; `none` is the empty list. A comma inside a name is kept where a type
 * closes the name; without types it separates, in gold answers as in predictions.
 */
export function readEntityList(answer: string): WrittenEntity[] {
  if (isNone.test(answer)) return [];
  const entities: WrittenEntity[] = [];
  let rest = 0;
  for (typedPart.lastIndex = 0; ; rest = typedPart.lastIndex) {
    const match = typedPart.exec(answer);
    if (match === null) break;
    entities.push({ text: match[1]!, type: match[2]!.trim() });
  }
  for (const part of answer.slice(rest).split(/[,;](?=\s|$)/)) {
    if (part.trim() !== "") entities.push({ text: part.trim(), type: null });
  }
  return entities;
}

/** What two mentions must share to be the same entity: letters in any case, any run of spaces as one. */
export const entityKey = ({ text, type }: WrittenEntity): string =>
  JSON.stringify([text.toLowerCase().replace(/\s+/g, " "), type === null ? null : type.toLowerCase()]);

/** Counts of one item; a `prediction` of null (no readable answer) predicts nothing. */
export function countEntities(options: { prediction: string | null; gold: string }): EntityCounts {
  const gold = new Set(readEntityList(options.gold).map(entityKey));
  const predicted = new Set(readEntityList(options.prediction ?? "").map(entityKey));
  return { common: [...predicted].filter((key) => gold.has(key)).length, predicted: predicted.size, gold: gold.size };
}
