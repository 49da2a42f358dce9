// The novelty filter over anyone's lines, first come, first kept: what `selfspec novelty` answers.
import { createNoveltyIndex } from "./novelty.js";

export interface NovelLines {
  /** Numbers of the lines kept, from 0. */
  kept: number[];
  /** The others, each with the kept line it is most similar to and their ROUGE-L F1. */
  rejected: { line: number; nearest: number; score: number }[];
}

/**
 * Keeps every line whose ROUGE-L F1 to each line kept before it is at most `threshold` (default 0.7; exactly the threshold passes). A line
 * without a word of Latin letters or digits, a blank one too, resembles nothing and is kept, as Google's rouge_score has it. Holds the
 * words of the kept lines only.
 * @throws InputError for a threshold outside 0–1 or finer than a thousandth.
 */
export async function keepNovel({
  lines,
  threshold = 0.7,
  onLine,
}: {
  lines: Iterable<string> | AsyncIterable<string>;
  threshold?: number;
  /** Called after each line with the number of lines so far. */
  onLine?: (done: number) => void;
}): Promise<NovelLines> {
  const index = createNoveltyIndex({ threshold });
  const result: NovelLines = { kept: [], rejected: [] };
  let line = 0;
  for await (const text of lines) {
    const breach = index.breach(text);
    if (breach === null) {
      index.add(String(line), text);
      result.kept.push(line);
    } else result.rejected.push({ line, nearest: Number(breach.nearestId), score: breach.score });
    line++;
    onLine?.(line);
  }
  return result;
}
