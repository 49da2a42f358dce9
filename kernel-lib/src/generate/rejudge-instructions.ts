// A finished stage judged again from its stored raw texts, under other thresholds, rules or another parser, without a call (PEERS: parsers
// that are too rigid for base models can be mended afterwards).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Rule, TaskDraft } from "../filter/index.js";
import { InputError, readJson, readJsonl, sha256 } from "../runtime/index.js";
import { loadSeeds } from "../seeds/index.js";
import { type InstructionPreset, instructionPresetSchema } from "./instruction-preset.js";
import type { WrittenTask } from "./instruction-prompt.js";
import { attemptKey, createInstructionJudge, instructionStage } from "./judge-instructions.js";
import { type Instruction, instructionSchema, type RawCompletion, rawCompletionSchema } from "./rows.js";
import { readStage, type StageResult } from "./stage-directory.js";

const configSchema = z.looseObject({
  stage: z.literal(instructionStage),
  preset: instructionPresetSchema,
  target: z.number().nullable(),
  seeds: z.string(),
});

type Judged =
  | "filter"
  | "rejectStatements"
  | "minInputWords"
  | "rejectSeedCopies"
  | "ruleChanges"
  | "shingleThreshold"
  | "noveltyOn"
  | "noveltyThreshold"
  | "tokenBudget"
  | "autoStop";

/** What may differ from the stage's own judgement; whatever is left out stays as it was. */
export interface RejudgeChanges extends Partial<Pick<InstructionPreset, Judged>> {
  /** Rows to keep; null for as many as there are. */
  target?: number | null;
  /** Instead of the preset's rules. */
  rules?: readonly Rule<TaskDraft>[];
  /** Instead of the stage's own reading of a completion. */
  parse?: (raw: RawCompletion) => WrittenTask;
}

/**
 * The rows, rejections and ledger that the stage in `directory` would have had; nothing is written. Judges the attempts that the stage
 * judged and no others, so that the answer does not depend on what happened to be in flight when it stopped. Without changes it is the
 * stage's own result. What the changes would have done to later prompts (machine-written demonstrations) is not undone.
 * @throws InputError where the folder holds no finished instruction stage, or its raw texts or seeds are not whole.
 */
export function rejudgeInstructions(options: { directory: string; changes?: RejudgeChanges }): StageResult<Instruction> {
  const { directory } = options;
  const { target: newTarget, rules, parse, ...changes } = options.changes ?? {};
  const finished = readStage(directory, instructionSchema);
  if (finished === undefined)
    throw new InputError({
      got: `${directory} holds no finished instruction stage`,
      allowed: "a folder with raw.jsonl and ledger.json",
      todo: "finish the stage first, or correct the path",
    });
  const config = configSchema.safeParse(readJson(join(directory, "config.json")));
  if (!config.success)
    throw new InputError({
      got: `${join(directory, "config.json")} is of no instruction stage that this version wrote (${config.error.issues[0]!.path.join(".")})`,
      todo: "generate the stage again",
    });
  const seedFile = join(directory, "seeds.jsonl");
  if (!existsSync(seedFile) || sha256(readFileSync(seedFile)) !== config.data.seeds)
    throw new InputError({ got: `${seedFile} is not the file that the stage was begun with`, todo: "restore it" });
  const { preset } = config.data;
  const target = newTarget === undefined ? config.data.target : newTarget;
  const judge = createInstructionJudge({
    seeds: loadSeeds({ path: seedFile }),
    preset: { ...preset, ...changes },
    target: target ?? Number.POSITIVE_INFINITY,
    ...(rules && { rules }),
    ...(parse && { parse }),
  });
  const raws = new Map(
    readJsonl(join(directory, "raw.jsonl"), rawCompletionSchema, "raw completion").map((raw) => [raw.key, raw]),
  );
  for (let attempt = 0; attempt < finished.ledger.in && !judge.stopped; attempt++) {
    const raw = raws.get(attemptKey(attempt));
    if (raw === undefined)
      throw new InputError({
        got: `${join(directory, "raw.jsonl")} lacks attempt ${attemptKey(attempt)} of ${finished.ledger.in}`,
        todo: "restore the file, or generate the stage again",
      });
    judge.judge(raw);
  }
  return judge.result();
}
