// The question of a system that looks things up first: the passages it found stand before the input, best first, numbered as sources are.
import type { TaskItem } from "../tasks/index.js";

export interface RetrievedPassage {
  id: string;
  text: string;
}

/** Finds passages for an item, best first. */
export type Retrieve = (item: TaskItem) => Promise<{ passages: readonly RetrievedPassage[] }>;

/** The input with passages before it; the input itself where there are none. */
export function withPassages(input: string, passages: readonly RetrievedPassage[]): string {
  const written = passages.map(({ text }, index) => `Passage ${index + 1}: ${text.replace(/\s+/g, " ").trim()}\n\n`);
  return written.join("") + input;
}
