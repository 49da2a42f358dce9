// A passage: a short piece of unlabelled domain text that BM25 can find.
import { z } from "zod";

export const passageSchema = z.strictObject({
  id: z.string().min(1),
  text: z.string().min(1),
  source: z.string(),
  licence: z.string(),
});
export type Passage = z.infer<typeof passageSchema>;

/** A passage that a query found; rank counts from 1, score is BM25's. */
export interface FoundPassage extends Passage {
  rank: number;
  score: number;
}
