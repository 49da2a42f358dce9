// The answers of a finished stage judged again under other switches: everything but the calls themselves. With no change the
// stage's own rows, rejections and ledger come out.
import { join } from "node:path";
import { z } from "zod";
import { InputError, readJson, readJsonl, sha256, toJsonl } from "../runtime/index.js";
import type { Seed } from "../seeds/index.js";
import { createAnswerJudge } from "./judge-answers.js";
import { type ResponsePreset, responsePresetSchema } from "./response-preset.js";
import { type Instruction, type RawCompletion, type Response, rawCompletionSchema } from "./rows.js";
import type { StageResult } from "./stage-directory.js";

/** What can change without a call; `samples` may only go down. */
const judgedKeys = [
  "samples",
  "pick",
  "minAgreement",
  "filter",
  "rejectLeakedLabels",
  "labelsOnlyWhereAsked",
  "labelScoring",
  "balanceLabels",
  "rejectInventedSpans",
  "repairSpans",
  "maxCopiedShare",
] as const satisfies (keyof ResponsePreset)[];

export type JudgingChanges = Partial<Pick<ResponsePreset, (typeof judgedKeys)[number]>>;

const stageConfigSchema = z.looseObject({ preset: responsePresetSchema, seeds: z.string(), instructions: z.string() });

/** What of a changed switch the stored answers cannot say; null where they can. */
function missing(before: ResponsePreset, after: ResponsePreset): { got: string; allowed: string } | null {
  if (after.samples > before.samples)
    return { got: `samples ${after.samples}`, allowed: `${before.samples} or fewer: that many answers are stored` };
  if (after.pick === "likelihood" && before.pick !== "likelihood" && !before.logprobs)
    return { got: 'pick "likelihood"', allowed: '"first" or "self-consistency": no log-probabilities are stored' };
  const scorings: Record<ResponsePreset["labelScoring"], string[]> = {
    off: ["off"],
    likelihood: ["likelihood"],
    calibrated: ["likelihood", "calibrated"],
  };
  if (!scorings[before.labelScoring].includes(after.labelScoring))
    return { got: `labelScoring "${after.labelScoring}"`, allowed: scorings[before.labelScoring].join(", ") };
  return null;
}

function checkedPreset(before: ResponsePreset, changes: JudgingChanges): ResponsePreset {
  const foreign = Object.keys(changes).find((key) => !judgedKeys.includes(key as (typeof judgedKeys)[number]));
  if (foreign !== undefined)
    throw new InputError({
      got: `a change of "${foreign}"`,
      allowed: judgedKeys.join(", "),
      todo: "anything else changes what the model is asked: answer again in a folder of its own",
    });
  const after = responsePresetSchema.parse({ ...before, ...changes });
  const lack = missing(before, after);
  if (lack !== null) throw new InputError({ ...lack, todo: "answer again in a folder of its own" });
  return after;
}

/**
 * Judges the stored answers of `directory` again with `changes` to the preset they were asked with. Nothing is written and no
 * model is asked.
 * @throws InputError for a change that needs other answers, for instructions or seeds that are not the stage's, for an unfinished
 * stage.
 */
export function rejudgeResponses(options: {
  /** A finished stage's folder. */
  directory: string;
  /** The tasks that were answered there, and the seeds that were shown. */
  instructions: readonly Instruction[];
  seeds: readonly Seed[];
  changes?: JudgingChanges;
}): StageResult<Response> {
  const { directory, instructions, seeds, changes = {} } = options;
  const config = stageConfigSchema.parse(readJson(join(directory, "config.json")));
  for (const [what, rows, hash] of [
    ["instructions", instructions, config.instructions],
    ["seeds", seeds, config.seeds],
  ] as const)
    if (sha256(toJsonl(rows)) !== hash)
      throw new InputError({ got: `other ${what} than those of ${directory}`, todo: "pass the rows that the stage was given" });
  const preset = checkedPreset(config.preset, changes);
  const judge = createAnswerJudge({ instructions, seeds, preset });
  const raws: RawCompletion[] = readJsonl(join(directory, "raw.jsonl"), rawCompletionSchema, "raw completion");
  raws.forEach(judge.take);
  if (judge.judged() < instructions.length)
    throw new InputError({
      got: `${directory} with ${judge.judged()} of ${instructions.length} tasks answered`,
      allowed: "a finished stage",
      todo: "continue it first",
    });
  return judge.result();
}
