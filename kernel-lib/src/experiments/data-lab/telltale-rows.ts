// Rows that show what is wrong with a set, found by measure and not picked by hand: another set has its own.
import { summarise, type Triple } from "../../dataset/index.js";
import { rougeTokens } from "../../filter/index.js";
import type { Dataset } from "./open-dataset.js";
import { similarityToDemonstrations } from "./set-measures.js";

export interface TelltaleRow extends Pick<Triple, "id" | "instruction" | "input" | "output"> {
  /** What it is an example of, with the measure. */
  shows: string;
}

/** Below this many words an answer is a label or a phrase, and says nothing of its own. */
const sentenceWords = 8;

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Of the answer's words, those that its task does not hold, 0–1. */
function inventedShare({ instruction, input, output }: Triple): number {
  const told = new Set(rougeTokens(`${instruction} ${input}`));
  const words = rougeTokens(output);
  return words.filter((word) => !told.has(word)).length / words.length;
}

const greatest = <T>(rows: readonly T[], measure: (row: T) => number): T | undefined =>
  rows.reduce<T | undefined>((best, row) => (best === undefined || measure(row) > measure(best) ? row : best), undefined);

/** One row each for invention, imitation and monotony, where the set has any; the first of equals. */
export function telltaleRows(set: Pick<Dataset, "triples" | "instructions" | "responses" | "seeds">): TelltaleRow[] {
  const { triples } = set;
  const tell = (triple: Triple | undefined, shows: string): TelltaleRow[] =>
    triple === undefined
      ? []
      : [{ shows, id: triple.id, instruction: triple.instruction, input: triple.input, output: triple.output }];
  const invented = greatest(
    triples.filter(({ output }) => rougeTokens(output).length >= sentenceWords),
    inventedShare,
  );
  const imitated = greatest(similarityToDemonstrations(set)[0]!.rows, ({ score }) => score);
  const [common] = summarise(triples).labels;
  return [
    ...tell(invented, invented ? `${percent(inventedShare(invented))} of the answer's words stand nowhere in the task` : ""),
    ...tell(
      triples.find(({ id }) => id === imitated?.id),
      imitated
        ? `the instruction is nearest to its demonstration ${imitated.nearestId}: ROUGE-L ${imitated.score.toFixed(2)}`
        : "",
    ),
    ...tell(
      triples.find(({ output }) => output.trim().toLowerCase() === common?.output),
      common ? `${common.rows} rows have this answer (${percent(common.share)})` : "",
    ),
  ];
}
