// Which answer of a task is kept: its samples are read, repaired and tested one by one, and one of those that pass is picked.
import {
  type AnsweredTask,
  firstBreach,
  inventedSpanRule,
  leakedLabelRule,
  type Rejection,
  type Rule,
  responseRules,
} from "../filter/index.js";
import type { Seed } from "../seeds/index.js";
import type { AnswerForm, AnswerForms } from "./answer-forms.js";
import { stage } from "./answer-task.js";
import { copiedShareRule, type FormedTask, inventedPartRule, labelSetRule, unaskedLabelRule } from "./format-rules.js";
import { chooseLabel, sumUsage } from "./label-scores.js";
import { pickSample } from "./pick-sample.js";
import { type RepairedAnswer, repairAnswer } from "./repair-answer.js";
import type { ResponsePreset } from "./response-preset.js";
import { parseResponse } from "./response-prompt.js";
import type { Instruction, RawCompletion, Response } from "./rows.js";

function labelRules(preset: ResponsePreset, seeds: readonly Seed[], forms: AnswerForms): Rule<FormedTask>[] {
  if (preset.labelsOnlyWhereAsked) return [labelSetRule, unaskedLabelRule(forms)];
  return preset.rejectLeakedLabels ? [leakedLabelRule(seeds)] : [];
}

function spanRules(preset: ResponsePreset, seeds: readonly Seed[]): Rule<FormedTask>[] {
  if (preset.repairSpans) return [inventedPartRule];
  return preset.rejectInventedSpans ? [inventedSpanRule(seeds)] : [];
}

/** What nothing can be learnt from, filtered or not. */
const unreadable = ["empty-output", "cut-off"];

/** The rules that the preset switches on, in the order in which they are asked. */
export function answerRules(preset: ResponsePreset, seeds: readonly Seed[], forms: AnswerForms): Rule<FormedTask>[] {
  if (preset.filter === "parse-only") return responseRules.filter(({ name }) => unreadable.includes(name));
  return [
    ...responseRules,
    ...labelRules(preset, seeds, forms),
    ...spanRules(preset, seeds),
    ...(preset.maxCopiedShare === null ? [] : [copiedShareRule(preset.maxCopiedShare)]),
  ];
}

export type Verdict = { task: AnsweredTask; response: Response } | { rejection: Rejection } | "failed";

interface Candidate extends RepairedAnswer {
  raw: RawCompletion;
  task: AnsweredTask;
  breach: ReturnType<typeof firstBreach>;
  /** Of a scored label. */
  probability?: number;
}

function readSample(
  { instruction, form, forms, rules, preset }: Omit<Parameters<typeof judgeTask>[0], "raws"> & { form: AnswerForm },
  raw: RawCompletion,
): Candidate {
  const { instruction: wording, input } = instruction;
  const scored = raw.labelScores && preset.labelScoring !== "off" ? chooseLabel(raw.labelScores, preset.labelScoring) : undefined;
  const answer = scored
    ? { input, output: scored.label, finishReason: "stop" }
    : { input, output: parseResponse(raw.text), finishReason: raw.finishReason };
  const repaired = repairAnswer({ answer, form, forms, preset });
  const task = { instruction: wording, input, output: repaired.output, finishReason: repaired.finishReason };
  const isOfItsSet = scored !== undefined && form.form === "label";
  const breach = isOfItsSet ? null : firstBreach({ ...task, form }, rules);
  return { ...repaired, raw, task, breach, ...(scored && { probability: scored.probability }) };
}

/** Judges one task; it has failed where every call was refused. */
export function judgeTask(options: {
  instruction: Instruction;
  raws: readonly RawCompletion[];
  forms: AnswerForms;
  rules: readonly Rule<FormedTask>[];
  preset: ResponsePreset;
}): Verdict {
  const { instruction, raws, forms, preset } = options;
  if (raws.every(({ finishReason }) => finishReason === "refused")) return "failed";
  const form = forms.of(instruction);
  const candidates = raws.map((raw) => readSample({ ...options, form }, raw));
  const answered = candidates.filter(({ raw }) => raw.finishReason !== "refused");
  const picked = pickSample({
    samples: candidates.map(({ task, breach, raw }) => ({
      output: task.output,
      passes: breach === null && raw.finishReason !== "refused",
      ...(raw.meanLogprob !== undefined && { meanLogprob: raw.meanLogprob }),
    })),
    form: form.form,
    pick: preset.pick,
  });
  if (picked === null) {
    const { task, breach, raw } = answered[0]!;
    return { rejection: { id: instruction.id, stage, rule: breach!.rule, ...breach!.breach, row: { ...task, text: raw.text } } };
  }
  const { task, raw, repairs, probability } = candidates[picked.index]!;
  const agreement = picked.agreement ?? probability;
  if (preset.filter === "full" && agreement !== undefined && agreement < preset.minAgreement) {
    const measured = { score: agreement, threshold: preset.minAgreement };
    return { rejection: { id: instruction.id, stage, rule: "low-agreement", ...measured, row: { ...task, text: raw.text } } };
  }
  const { demoIds, passages, passageUse, meanLogprob, labelScores, promptHash, model } = raw;
  const response: Response = {
    instructionId: instruction.id,
    output: task.output,
    ...(raws.length > 1 && { samples: raws.length, sample: picked.index }),
    ...(agreement !== undefined && { agreement }),
    ...(meanLogprob !== undefined && { meanLogprob }),
    ...(labelScores && { labelScores }),
    ...(repairs.length > 0 && { repairs }),
    ...(passageUse !== undefined && { passageUse }),
    demoIds,
    ...(passages && { passages }),
    promptHash,
    model,
    usage: sumUsage(...raws.map(({ usage }) => usage)),
  };
  return { task, response };
}
