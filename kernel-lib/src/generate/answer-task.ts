// Asks for the answers to one task: written freely, or, where labels are scored and the task has a closed set, chosen by
// likelihood.
import type { CompletionLogprobs, CompletionRequest } from "../endpoint/index.js";
import { deriveSeed, sha256 } from "../runtime/index.js";
import type { Seed } from "../seeds/index.js";
import type { AnswerForms } from "./answer-forms.js";
import { ask } from "./ask.js";
import { askLabelScores, contentFreeInput, sumUsage } from "./label-scores.js";
import { passageUse } from "./passage-use.js";
import type { ResponsePreset } from "./response-preset.js";
import { parseResponse } from "./response-prompt.js";
import type { ResponsePlan } from "./response-requests.js";
import type { Instruction, RawCompletion } from "./rows.js";

export const stage = "responses";

const meanOf = (logprobs: CompletionLogprobs | undefined): number | undefined => {
  const known = (logprobs?.tokenLogprobs ?? []).filter((value) => value !== null);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
};

function samplingOf(
  { temperature, topP, maxTokens, sampleTemperature, sampleTopP, logprobs, pick }: ResponsePreset,
  sample: number,
): Pick<CompletionRequest, "temperature" | "topP" | "maxTokens" | "logprobs" | "sample"> {
  return {
    maxTokens,
    ...(sample === 0 ? { temperature, topP } : { temperature: sampleTemperature, topP: sampleTopP, sample }),
    ...((logprobs || pick === "likelihood") && { logprobs: 1 }),
  };
}

/** The calls of one task, once a sample; its passages are searched once. */
export function answerTask(options: {
  plan: ResponsePlan;
  task: Instruction;
  demonstrations: readonly Seed[];
  forms: AnswerForms;
}): (sample: number, signal: AbortSignal) => Promise<Omit<RawCompletion, "key">> {
  const { plan, task, demonstrations, forms } = options;
  const { domain, endpoint, model, prompt, preset, runSeed, retrieval } = plan;
  const { id, instruction, input } = task;
  const query = preset.retrievalQuery === "input" ? input : `${instruction} ${input}`;
  const find = () => retrieval?.corpus.search(query, retrieval.passages);
  let search: ReturnType<typeof find>;

  return async (sample, signal) => {
    search ??= find();
    const passages = await search;
    const render = (given: string): string =>
      prompt.render({ domain, demonstrations, question: { instruction, input: given }, ...(passages && { passages }) });
    const rendered = render(input);
    const seed = sample === 0 ? deriveSeed(runSeed, stage, id) : deriveSeed(runSeed, stage, id, sample);
    const request = { endpoint, model, prompt: rendered, seed, signal };
    const origin = {
      demoIds: demonstrations.map((seed) => seed.id),
      ...(passages && { passages: passages.map(({ id, rank, score }) => ({ id, rank, score })) }),
      promptHash: sha256(rendered),
      model,
    };
    const score = (labels: readonly string[]) =>
      askLabelScores({
        ...request,
        labels,
        contentFreePrompt: preset.labelScoring === "calibrated" && input !== "" ? render(contentFreeInput) : undefined,
      });
    const usages = [];
    const { form, labels } = forms.of(task);
    if (preset.labelScoring !== "off" && form === "label") {
      const scored = await score(labels);
      if (scored.finishReason === "refused" || scored.labelScores.length > 0) return { ...scored, ...origin };
      usages.push(scored.usage);
    }
    const { logprobs, ...written } = await ask({ ...request, ...samplingOf(preset, sample), stop: prompt.stops });
    usages.push(written.usage);
    const answer = parseResponse(written.text);
    const set = preset.labelScoring === "off" ? undefined : forms.smallestSetOf(forms.labelOf(answer) ?? "");
    const rescored = set && form !== "label" ? await score(set) : undefined;
    if (rescored) usages.push(rescored.usage);
    const meanLogprob = meanOf(logprobs);
    return {
      ...written,
      usage: sumUsage(...usages),
      ...(rescored && rescored.labelScores.length > 0 && { labelScores: rescored.labelScores }),
      ...(meanLogprob !== undefined && { meanLogprob }),
      ...(passages && { passageUse: passageUse({ task, answer, passages }) }),
      ...origin,
    };
  };
}
