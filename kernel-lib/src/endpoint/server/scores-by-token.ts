// The completions API's arrays of scores: one entry a token.
import type { LoadedModel } from "./loaded-model.js";
import type { PromptAnswer } from "./served-model.js";
import { textOffsets } from "./text-offsets.js";

export interface ScoresByToken {
  tokens: string[];
  token_logprobs: (number | null)[];
  top_logprobs: (Record<string, number> | null)[];
  /** In the returned text, in UTF-16 units. */
  text_offset: number[];
}

/** The reported token is always among its position's alternatives, as OpenAI does it. */
export function scoresByToken({ promptScores, promptText, text, scores }: PromptAnswer, model: LoadedModel): ScoresByToken {
  const all = [...promptScores, ...scores];
  const name = (token: number): string => model.tokenName(token);
  return {
    tokens: all.map(({ token }) => name(token)),
    token_logprobs: all.map(({ logprob }) => logprob),
    top_logprobs: all.map(({ token, logprob, top }) =>
      logprob === null
        ? null
        : { ...Object.fromEntries(top.map((entry) => [name(entry.token), entry.logprob])), [name(token)]: logprob },
    ),
    text_offset: textOffsets(
      promptScores.length > 0 ? promptText + text : text,
      all.map(({ token }) => token),
      model,
    ),
  };
}
