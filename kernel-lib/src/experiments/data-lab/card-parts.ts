// Parts of a data set's card, as datasetCard lays it out: a reader of the notebook sees what a reader of the folder sees.

const withoutFrontMatter = (card: string): string => card.replace(/^---\n[\s\S]*?\n---\n/, "").trim();

/** From the title to the first section: what the set is and who wrote it. */
export const cardHead = (card: string): string => withoutFrontMatter(card).split(/\n## /)[0]!.trim();

/** The day on which the set was made; null where the card does not say. */
export const cardDate = (card: string): string | null => /\bMade on (\d{4}-\d{2}-\d{2})/.exec(card)?.[1] ?? null;

/** The known flaws, a sentence or two each; none where the card has no such section. */
export function cardFlaws(card: string): string[] {
  const section = withoutFrontMatter(card)
    .split(/\n## /)
    .find((text) => text.startsWith("Known flaws\n"));
  return (section ?? "").split("\n").flatMap((line) => (line.startsWith("- ") ? [line.slice(2).trim()] : []));
}
