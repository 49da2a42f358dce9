// Cutting a document into passages: paragraphs first, then whole sentences up to a number of words, where wanted with an overlap.

export interface Cut {
  /** The most words of a passage; null keeps each document whole. */
  maxWords: number | null;
  /** Whole sentences up to this many words are said again at the start of the next passage. */
  overlap: number;
}

export const defaultCut: Cut = { maxWords: 150, overlap: 0 };

/** A sentence of more words than fit is the only thing that is cut inside. */
function sentencesOf(paragraph: string, maxWords: number): string[][] {
  return paragraph
    .trim()
    .split(/(?<=[.!?])\s+/)
    .flatMap((sentence) => {
      const words = sentence.split(/\s+/).filter(Boolean);
      return Array.from({ length: Math.ceil(words.length / maxWords) }, (_, part) =>
        words.slice(part * maxWords, (part + 1) * maxWords),
      );
    });
}

/** The last sentences of a piece that together have no more words than the overlap. */
function tailOf(piece: readonly string[][], overlap: number): string[][] {
  let words = 0;
  let from = piece.length;
  while (from > 1 && words + piece[from - 1]!.length <= overlap) words += piece[--from]!.length;
  return piece.slice(from);
}

const countWords = (sentences: readonly string[][]): number => sentences.reduce((sum, words) => sum + words.length, 0);

function cutParagraph(paragraph: string, maxWords: number, overlap: number): string[] {
  const pieces: string[][][] = [[]];
  for (const sentence of sentencesOf(paragraph, maxWords)) {
    const piece = pieces.at(-1)!;
    if (piece.length === 0 || countWords(piece) + sentence.length <= maxWords) piece.push(sentence);
    else {
      const tail = tailOf(piece, overlap);
      pieces.push(countWords(tail) + sentence.length <= maxWords ? [...tail, sentence] : [sentence]);
    }
  }
  return pieces.map((sentences) => sentences.flat().join(" ")).filter((piece) => piece !== "");
}

/** The passages of a document, with white space made single blanks; none where it holds no word. */
export function splitPassages(text: string, { maxWords, overlap }: Cut = defaultCut): string[] {
  if (maxWords === null) return [text.replace(/\s+/g, " ").trim()].filter((whole) => whole !== "");
  return text.split(/\r?\n\s*\r?\n/).flatMap((paragraph) => cutParagraph(paragraph, maxWords, overlap));
}
