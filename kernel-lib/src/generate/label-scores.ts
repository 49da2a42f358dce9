// Answers a closed-label task by the likelihood of each label instead of free writing, and undoes the model's bias towards one of
// them with a content-free input (Zhao et al. 2021, "Calibrate before use": the label probabilities are divided by those for an
// input such as "N/A"). Only the first token is read: one short call for each of the two prompts, which any server with
// log-probabilities can answer.
import type { Endpoint, Usage } from "../endpoint/index.js";
import { ask, type Written } from "./ask.js";
import type { ResponsePreset } from "./response-preset.js";
import type { LabelScores } from "./rows.js";

/** What stands in the input's place; "N/A" is one of the paper's content-free strings. */
export const contentFreeInput = "N/A";

/** The likeliest tokens that servers commonly report; vLLM's own limit. */
const reportedTokens = 20;

const logSumExp = (values: readonly number[]): number => {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
};

/**
 * The log-probability of each label that some reported token begins, and no other label with it; case and leading space aside.
 */
export function firstTokenScores(reported: Record<string, number>, labels: readonly string[]): Map<string, number> {
  const found = new Map<string, number[]>();
  for (const [token, logprob] of Object.entries(reported)) {
    const start = token.trim().toLowerCase();
    const begun = start === "" ? [] : labels.filter((label) => label.toLowerCase().startsWith(start));
    if (begun.length === 1) found.set(begun[0]!, [...(found.get(begun[0]!) ?? []), logprob]);
  }
  return new Map(labels.filter((label) => found.has(label)).map((label) => [label, logSumExp(found.get(label)!)]));
}

/** What scoring left: a refusal, or the scores, none of them where they choose nothing. */
export type ScoredLabels = Pick<Written, "text" | "finishReason" | "usage"> & { labelScores: LabelScores };

export const sumUsage = (...usages: readonly Usage[]): Usage => ({
  promptTokens: usages.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
  completionTokens: usages.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
});

/**
 * Asks for the labels' scores. There are none where fewer than two labels are among the likeliest tokens: the model is then
 * better left to write.
 */
export async function askLabelScores(options: {
  endpoint: Endpoint;
  model: string;
  prompt: string;
  /** The same prompt with a content-free input, for calibration. */
  contentFreePrompt: string | undefined;
  labels: readonly string[];
  seed: number;
  signal: AbortSignal;
}): Promise<ScoredLabels> {
  const { contentFreePrompt, prompt, labels, ...rest } = options;
  const request = { ...rest, maxTokens: 1, temperature: 0, logprobs: reportedTokens };
  const { text, finishReason, usage, logprobs } = await ask({ ...request, prompt });
  const scores = [...firstTokenScores(logprobs?.topLogprobs[0] ?? {}, labels)];
  if (scores.length < 2) return { text, finishReason, usage, labelScores: [] };
  if (contentFreePrompt === undefined)
    return { text, finishReason, usage, labelScores: scores.map(([label, logprob]) => ({ label, logprob })) };
  const free = await ask({ ...request, prompt: contentFreePrompt });
  const reported = free.logprobs?.topLogprobs[0] ?? {};
  const prior = firstTokenScores(reported, labels);
  // A label that is not reported is at most as likely as the least likely token that is. Where the text ends at once none is reported, and
  // nothing is known of the bias.
  const least = Math.min(...Object.values(reported));
  const contentFree = (label: string): { contentFree?: number } =>
    Number.isFinite(least) ? { contentFree: prior.get(label) ?? least } : {};
  return {
    text,
    finishReason: free.finishReason === "refused" ? "refused" : finishReason,
    usage: sumUsage(usage, free.usage),
    labelScores: scores.map(([label, logprob]) => ({ label, logprob, ...contentFree(label) })),
  };
}

/** The label of the highest score, the first of equals, and its probability among the labels. */
export function chooseLabel(
  scores: LabelScores,
  scoring: Exclude<ResponsePreset["labelScoring"], "off">,
): { label: string; probability: number } {
  const values = scores.map(({ logprob, contentFree }) => logprob - (scoring === "calibrated" ? (contentFree ?? 0) : 0));
  const best = values.indexOf(Math.max(...values));
  return { label: scores[best]!.label, probability: Math.exp(values[best]! - logSumExp(values)) };
}
