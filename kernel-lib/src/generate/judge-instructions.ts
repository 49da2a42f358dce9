// Decides attempt after attempt, in their order, which task is kept: parse, rules, novelty against seeds and what was kept before
// (keep-first, Self-Instruct). Pure but for its memory: the same raw texts give the same rows, rejections and ledger.
import {
  balanceLedger,
  createNoveltyIndex,
  firstBreach,
  instructionRules,
  type Rejection,
  type Rule,
  shortInputRule,
  statementRule,
  type TaskDraft,
} from "../filter/index.js";
import type { Seed } from "../seeds/index.js";
import type { InstructionPreset } from "./instruction-preset.js";
import { parseInstruction } from "./instruction-prompt.js";
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
  /** Reads a completion; {@link parseInstruction} by default. */
  parse?: (raw: RawCompletion) => TaskDraft;
  /** Asked in order before novelty; by default those that the preset names. */
  rules?: readonly Rule<TaskDraft>[];
}

/** The rules without which there is no task to keep. */
const parseRules = instructionRules.filter(({ name }) => name === "no-instruction" || name === "no-input");

function rulesOf(preset: InstructionPreset): readonly Rule<TaskDraft>[] {
  if (preset.filter === "parse-only") return parseRules;
  return [...instructionRules, ...(preset.rejectStatements ? [statementRule] : []), shortInputRule(preset.minInputWords)];
}

export function createInstructionJudge(options: JudgeInstructionsOptions): InstructionJudge {
  const { seeds, preset, target, parse = parseInstruction, rules = rulesOf(preset) } = options;
  const rows: Instruction[] = [];
  const rejections: Rejection[] = [];
  const yields = createYieldTally();
  const stopRule = createStopRule({ ...preset, target });
  const index = createNoveltyIndex({ threshold: preset.noveltyThreshold });
  const textOf = ({ instruction, input }: { instruction: string; input: string }): string =>
    preset.noveltyOn === "instruction" ? instruction : `${instruction}\n${input}`;
  for (const seed of seeds) index.add(seed.id, textOf(seed));
  let judged = 0;
  let failed = 0;
  let stopped: Stopped | undefined;

  const decide = (raw: RawCompletion): Verdict => {
    if (raw.finishReason === "refused") return "failed";
    const id = `task-${raw.key}`;
    const draft = parse(raw);
    const broken = firstBreach(draft, rules);
    if (broken !== null || draft.input === null) {
      const rule = broken?.rule ?? "no-input";
      rejections.push({ id, stage: instructionStage, rule, ...broken?.breach, row: { ...draft, text: raw.text } });
      return rule;
    }
    const task = { instruction: draft.instruction, input: draft.input };
    const { breach, nearest } = index.test(textOf(task));
    if (breach !== null && preset.filter === "full") {
      rejections.push({ id, stage: instructionStage, rule: "near-duplicate", ...breach, row: task });
      return "near-duplicate";
    }
    index.add(id, textOf(task));
    const { promptHash, prompt, subDomain, demoIds, model, usage } = raw;
    const origin = {
      promptHash,
      ...(prompt !== undefined && { prompt }),
      ...(subDomain !== undefined && { subDomain }),
      demoIds,
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
