// A judge by the same model: how much likelier it finds that a row is good than that it is bad. It reads the log-probabilities of two
// given words and nothing that the model writes, so that what it returns are ids and scores: it cannot mend, shorten or replace a row.
import { z } from "zod";
import type { Endpoint } from "../endpoint/index.js";
import { type OnProgress, RunError, startStage } from "../runtime/index.js";
import { type JudgedTask, type JudgePrompt, judgePrompt } from "./judge-prompt.js";
import { measuredRule, type Rule } from "./rule.js";

export const judgementSchema = z.strictObject({
  id: z.string(),
  /** P(good) / (P(good) + P(bad)), 0–1. */
  score: z.number().min(0).max(1),
});
export type Judgement = z.infer<typeof judgementSchema>;

export interface JudgeOptions {
  endpoint: Pick<Endpoint, "complete" | "concurrency">;
  rows: readonly (JudgedTask & { id: string })[];
  /** The model that judges; the endpoint's own by default. */
  model?: string;
  prompt?: JudgePrompt;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** The summed log-probability of a text's last `length` characters, by its last tokens. */
function logProbabilityOfEnd(length: number, tokens: readonly string[], logprobs: readonly (number | null)[]): number {
  let sum = 0;
  for (let index = tokens.length - 1, left = length; index >= 0 && left > 0; index--) {
    sum += logprobs[index] ?? 0;
    left -= tokens[index]!.length;
  }
  return sum;
}

/**
 * Judges each row by one request for the likeliest next tokens, of which a server's prefix cache pays for the row alone; a word that is not
 * among them is scored by an echoed request.
 * @throws RunError where the endpoint then returns no log-probabilities of an echoed prompt.
 */
export async function judgeRows(options: JudgeOptions): Promise<Judgement[]> {
  const { endpoint, rows, model, prompt = judgePrompt, signal, onProgress } = options;
  const watch = startStage("judge", onProgress);
  const always = { temperature: 0, ...(model && { model }), ...(signal && { signal }) };
  const echoed = async (text: string, word: string): Promise<number> => {
    const { logprobs } = await endpoint.complete({ prompt: text + word, maxTokens: 0, logprobs: 1, echo: true, ...always });
    if (logprobs !== undefined) return logProbabilityOfEnd(word.length, logprobs.tokens, logprobs.tokenLogprobs);
    throw new RunError({
      got: "an answer without the log-probabilities of its prompt",
      allowed: "a server that echoes with logprobs, as the embedded one does",
      todo: "switch the judge off for this endpoint",
    });
  };
  const scoreOf = async (text: string): Promise<number> => {
    const { logprobs } = await endpoint.complete({ prompt: text, maxTokens: 1, logprobs: 5, ...always });
    const likeliest = logprobs?.topLogprobs[0] ?? {};
    const good = likeliest[prompt.words.good] ?? (await echoed(text, prompt.words.good));
    const bad = likeliest[prompt.words.bad] ?? (await echoed(text, prompt.words.bad));
    return 1 / (1 + Math.exp(bad - good));
  };
  const judgements: Judgement[] = new Array(rows.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < rows.length; at = next++) {
      const row = rows[at]!;
      judgements[at] = { id: row.id, score: await scoreOf(prompt.render(row)) };
      watch.update({ done: ++done, total: rows.length, unit: "judged" });
    }
  };
  await Promise.all(Array.from({ length: Math.min(rows.length, Math.max(1, endpoint.concurrency)) }, work));
  watch.finish();
  return judgements;
}

/** Drops rows that the judge scored below a threshold; rows without a score pass. No default: it comes from a calibration. */
export function judgedRule(judgements: readonly Judgement[], threshold: number): Rule<{ id: string }> {
  const scores = new Map(judgements.map(({ id, score }) => [id, score]));
  return measuredRule({
    name: "judged-bad",
    reason: "the model finds it too unlikely that the row is good (judge by label likelihood)",
    limit: "at least",
    threshold,
    score: ({ id }) => scores.get(id) ?? null,
  });
}
