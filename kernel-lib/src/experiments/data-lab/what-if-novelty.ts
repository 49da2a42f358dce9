// The novelty threshold tried again on a data set that has no raw texts: kept rows and near-duplicates are compared anew, in their order and
// keep-first. Whatever other rules rejected stays rejected, as they see a row alone.
import { z } from "zod";
import { noveltyRule, type Rejection, shingleRule, whatIf } from "../../filter/index.js";
import type { Dataset } from "./open-dataset.js";
import type { JudgedAgain } from "./what-if-grid.js";

const draftSchema = z.looseObject({ instruction: z.string(), input: z.string().nullable() });
type Draft = Pick<z.infer<typeof draftSchema>, "instruction" | "input">;

/**
 * The ledger of the instruction stage at each threshold (0–1), for the attempts that it made: a looser one would have met the stage's target
 * with fewer. At its own threshold it is the stage's own ledger.
 */
export function whatIfNovelty(
  set: Pick<Dataset, "instructions" | "rejections" | "seeds" | "instructionConfig" | "ledgers">,
  thresholds: readonly number[],
): JudgedAgain[] {
  const { noveltyOn, shingleThreshold } = set.instructionConfig.preset;
  const own = set.ledgers.instructions;
  const textOf = ({ instruction, input }: Draft): string =>
    noveltyOn === "instruction" ? instruction : `${instruction}\n${input ?? ""}`;
  const compared = { textOf, held: set.seeds.map((seed) => ({ id: seed.id, text: textOf(seed) })) };
  return thresholds.map((value) => {
    const keepFirst = [
      ...(shingleThreshold === null ? [] : [shingleRule<Draft>({ ...compared, threshold: shingleThreshold })]),
      noveltyRule<Draft>({ ...compared, threshold: value }),
    ];
    const isCompared = (rule: string): boolean => keepFirst.some(({ name }) => name === rule);
    const { ledger } = whatIf<Draft>({
      stage: own.stage,
      rules: [],
      keepFirst,
      kept: set.instructions.map(({ id, instruction, input }) => ({ id, row: { instruction, input } })),
      rejections: set.rejections.filter(({ stage, rule }) => stage === own.stage && isCompared(rule)),
      rowOf: ({ row }: Rejection) => draftSchema.parse(row),
    });
    const others = Object.entries(own.rejected).filter(([rule]) => !isCompared(rule));
    const rejected = { ...Object.fromEntries(others), ...ledger.rejected };
    return { knob: "noveltyThreshold", value, ledger: { ...own, kept: ledger.kept, rejected } };
  });
}
