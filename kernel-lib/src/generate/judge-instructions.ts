// Decides attempt after attempt, in their order, which task is kept: parse, rules, novelty against seeds and what was kept before
// (keep-first, Self-Instruct). Pure but for its memory: the same raw texts give the same rows, rejections and ledger.
import {
  balanceLedger,
  changeRules,
  copyOfSeedRule,
  createSieve,
  instructionRules,
  type KeepFirstRule,
  noveltyRule,
  type Rejection,
  type Rule,
  shingleRule,
  shortInputRule,
  statementRule,
  type TaskDraft,
} from "../filter/index.js";
import type { Seed } from "../seeds/index.js";
import { isAnswerFirst } from "./answer-first.js";
import type { InstructionPreset } from "./instruction-preset.js";
import { parseAnswerFirst, parseInstruction, type WrittenTask } from "./instruction-prompt.js";
import { createYieldTally } from "./prompt-yield.js";
import type { Instruction, RawCompletion } from "./rows.js";
import type { StageResult } from "./stage-directory.js";
import { createStopRule, type Stopped, type Verdict } from "./stop-rule.js";

export const instructionStage = "instructions";

/** The key under which an attempt's completion stands in the raw log. */
export const attemptKey = (attempt: number): string => String(attempt).padStart(4, "0");

export interface InstructionJudge {
  /** Takes the next attempt's completion. */
  judge(raw: RawCompletion): void;
  /** Kept so far, in the order of the attempts. */
  readonly rows: readonly Instruction[];
  /** Why no other attempt is needed; undefined while one is. */
  readonly stopped: Stopped | undefined;
  /** One line on the yield so far; costs the same at any number of rows. */
  describe(): string;
  /** @throws RunError when the ledger does not balance. */
  result(): StageResult<Instruction>;
}

export interface JudgeInstructionsOptions {
  seeds: readonly Seed[];
  preset: InstructionPreset;
  /** Rows to keep; infinity for as many as come. */
  target: number;
  /** Reads a completion; by default as its prompt laid it out. */
  parse?: (raw: RawCompletion) => WrittenTask;
  /** Asked in order before novelty; by default those that the preset names. */
  rules?: readonly Rule<TaskDraft>[];
}

/** The rules without which there is no task to keep. */
const parseRules = instructionRules.filter(({ name }) => name === "no-instruction" || name === "no-input");

function rulesOf(preset: InstructionPreset, seeds: readonly Seed[]): readonly Rule<TaskDraft>[] {
  if (preset.filter === "parse-only") return parseRules;
  const rules = [
    ...instructionRules,
    ...(preset.rejectStatements ? [statementRule] : []),
    shortInputRule(preset.minInputWords),
    ...(preset.rejectSeedCopies ? [copyOfSeedRule(seeds)] : []),
  ];
  return changeRules(rules, preset.ruleChanges);
}

/** Comparisons with seeds and kept tasks; novelty is measured also where it decides nothing. */
function keepFirstOf(preset: InstructionPreset, seeds: readonly Seed[]): KeepFirstRule<TaskDraft>[] {
  const textOf = ({ instruction, input }: { instruction: string; input: string | null }): string =>
    preset.noveltyOn === "instruction" ? instruction : `${instruction}\n${input ?? ""}`;
  const compared = { textOf, held: seeds.map((seed) => ({ id: seed.id, text: textOf(seed) })) };
  if (preset.filter === "parse-only") return [noveltyRule({ ...compared, threshold: 1 })];
  return [
    ...(preset.shingleThreshold === null ? [] : [shingleRule({ ...compared, threshold: preset.shingleThreshold })]),
    noveltyRule({ ...compared, threshold: preset.noveltyThreshold }),
  ];
}

const parseTask = (raw: RawCompletion): WrittenTask =>
  isAnswerFirst(raw.prompt ?? "") ? parseAnswerFirst(raw) : parseInstruction(raw);

export function createInstructionJudge(options: JudgeInstructionsOptions): InstructionJudge {
  const { seeds, preset, target, parse = parseTask } = options;
  const sieve = createSieve<WrittenTask>({
    stage: instructionStage,
    rules: options.rules ?? rulesOf(preset, seeds),
    keepFirst: keepFirstOf(preset, seeds),
  });
  const rows: Instruction[] = [];
  const rejections: Rejection[] = [];
  const yields = createYieldTally();
  const stopRule = createStopRule({ ...preset, target });
  let judged = 0;
  let failed = 0;
  let stopped: Stopped | undefined;

  const decide = (raw: RawCompletion): Verdict => {
    if (raw.finishReason === "refused") return "failed";
    const id = `task-${raw.key}`;
    const draft = parse(raw);
    const verdict = sieve.judge({ id, row: draft });
    if ("rejection" in verdict) {
      rejections.push({ ...verdict.rejection, row: { ...draft, text: raw.text } });
      return verdict.rejection.rule;
    }
    const { row, nearest = { nearestId: null, score: 0 } } = verdict.kept;
    const { promptHash, prompt, subDomain, demoIds, model, usage } = raw;
    const origin = {
      promptHash,
      ...(prompt !== undefined && { prompt }),
      ...(subDomain !== undefined && { subDomain }),
      demoIds,
    };
    const task = {
      instruction: row.instruction,
      input: row.input ?? "",
      ...(row.answer !== undefined && { answer: row.answer }),
    };
    rows.push({ id, ...task, ...origin, sample: Number(raw.key), novelty: nearest, model, usage });
    return "kept";
  };

  return {
    rows,
    get stopped() {
      return stopped;
    },
    describe: yields.describe,
    judge(raw) {
      judged++;
      const verdict = decide(raw);
      if (verdict === "failed") failed++;
      yields.add(raw.prompt ?? "", verdict);
      stopped = stopRule.after(verdict, raw.usage.completionTokens);
    },
    result: () => ({
      rows,
      rejections,
      ledger: balanceLedger(instructionStage, { in: judged, kept: rows.length, rejections, failed }),
      stopped: stopped ?? { reason: "attempts", line: `all ${judged} attempts were made` },
    }),
  };
}
