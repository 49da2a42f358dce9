// The verdicts of a stage: each task is judged when its last sample arrives; at the end the rows are looked at together. All of
// it follows from the raw completions, so it can be done again under other switches without a call.
import { balanceLedger, conflictingAnswers } from "../filter/index.js";
import type { Seed } from "../seeds/index.js";
import { type AnswerForms, learnAnswerForms } from "./answer-forms.js";
import { stage } from "./answer-task.js";
import { labelExcesses } from "./balance-labels.js";
import { answerRules, judgeTask, type Verdict } from "./judge-task.js";
import type { ResponsePreset } from "./response-preset.js";
import { sampleKey, samplesOf } from "./response-requests.js";
import type { Instruction, RawCompletion, Response } from "./rows.js";
import type { StageResult } from "./stage-directory.js";

export interface AnswerJudge {
  /** Takes one raw completion; the verdict once the task has all its samples, null before and for keys of no task. */
  take(raw: RawCompletion): Verdict | null;
  /** Tasks with a verdict. */
  judged(): number;
  /** The rows in the order of the instructions. */
  result(): StageResult<Response>;
}

export function createAnswerJudge(options: {
  instructions: readonly Instruction[];
  seeds: readonly Seed[];
  preset: ResponsePreset;
}): AnswerJudge {
  const { instructions, seeds, preset } = options;
  const forms = learnAnswerForms(seeds);
  const rules = answerRules(preset, seeds, forms);
  const verdicts = new Map<string, Verdict>();
  const places = new Map<string, { task: Instruction; sample: number }>();
  const open = new Map<string, (RawCompletion | undefined)[]>();
  for (const task of instructions) {
    const samples = samplesOf(task, preset, forms);
    open.set(task.id, new Array(samples).fill(undefined));
    for (let sample = 0; sample < samples; sample++) places.set(sampleKey(task.id, sample), { task, sample });
  }
  return {
    take(raw) {
      const place = places.get(raw.key);
      const slots = place && open.get(place.task.id);
      if (place === undefined || slots === undefined) return null;
      slots[place.sample] = raw;
      const raws = slots.filter((slot) => slot !== undefined);
      if (raws.length < slots.length) return null;
      open.delete(place.task.id);
      const verdict = judgeTask({ instruction: place.task, raws, forms, rules, preset });
      verdicts.set(place.task.id, verdict);
      return verdict;
    },
    judged: () => verdicts.size,
    result: () => gather({ instructions, verdicts, forms, preset }),
  };
}

/** Puts the verdicts in the order of the instructions; answers that contradict each other and labels in excess fall here. */
function gather(options: {
  instructions: readonly Instruction[];
  verdicts: ReadonlyMap<string, Verdict>;
  forms: AnswerForms;
  preset: ResponsePreset;
}): StageResult<Response> {
  const { instructions, verdicts, forms, preset } = options;
  const inOrder = instructions.flatMap(({ id }) => verdicts.get(id) ?? []);
  const rejections = inOrder.flatMap((verdict) =>
    typeof verdict === "object" && "rejection" in verdict ? [verdict.rejection] : [],
  );
  const passed = inOrder.flatMap((verdict) => (typeof verdict === "object" && "response" in verdict ? [verdict] : []));
  const isFiltered = preset.filter === "full";
  const conflicting = isFiltered ? conflictingAnswers(passed.map(({ task }) => task)) : new Set<number>();
  const agreeing = passed.filter(({ task, response }, index) => {
    if (conflicting.has(index)) rejections.push({ id: response.instructionId, stage, rule: "conflicting-answers", row: task });
    return !conflicting.has(index);
  });
  const excesses = new Map<number, number>();
  if (isFiltered && preset.balanceLabels !== null) {
    const outputs = agreeing.map(({ task }) => task.output);
    for (const { index, score } of labelExcesses({ outputs, forms, ...preset.balanceLabels })) excesses.set(index, score);
  }
  const kept = agreeing.filter(({ task, response }, index) => {
    const score = excesses.get(index);
    if (score !== undefined) {
      const threshold = preset.balanceLabels!.maxRatio;
      rejections.push({ id: response.instructionId, stage, rule: "label-balance", score, threshold, row: task });
    }
    return score === undefined;
  });
  const rows = kept.map(({ response }) => response);
  const failed = inOrder.filter((verdict) => verdict === "failed").length;
  return { rows, rejections, ledger: balanceLedger(stage, { in: inOrder.length, kept: rows.length, rejections, failed }) };
}
