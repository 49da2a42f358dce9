// One row with what its prompts showed: the row first, then each demonstration by id.
import { type Table, tableFromRecords } from "./table.js";

export interface OriginsInput {
  id: string;
  instruction: string;
  input: string;
  output: string;
  novelty: { nearestId: string | null; score: number };
  prompts: readonly {
    asked: string;
    file: string;
    promptHash: string;
    verified: boolean | null;
    shown: readonly { id: string; task: string; instruction: string; input: string; output?: string }[];
  }[];
}

const verdict = (verified: boolean | null): string => {
  if (verified === null) return "cannot be rendered again: not all that it showed is at hand";
  return verified ? "rendered again, the same hash: these bytes were sent" : "rendered again, another hash";
};

export function originsTable({ id, instruction, input, output, novelty, prompts }: OriginsInput): Table {
  const records = [
    { what: "the row", id, kind: "", instruction, input, output },
    ...prompts.flatMap(({ asked, shown }) =>
      shown.map((one) => ({
        ...{ what: `shown for the ${asked}`, id: one.id, kind: one.task },
        ...{ instruction: one.instruction, input: one.input, output: one.output ?? "" },
      })),
    ),
  ];
  return tableFromRecords(`${id} and where it comes from`, records, [
    `Nearest before it: ${novelty.nearestId ?? "none"}, ROUGE-L ${novelty.score.toFixed(2)}.`,
    ...prompts.map(
      ({ asked, file, promptHash, verified }) =>
        `The prompt for the ${asked}, ${file}, SHA-256 ${promptHash.slice(0, 16)}…: ${verdict(verified)}.`,
    ),
  ]);
}
