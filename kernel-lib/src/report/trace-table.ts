// Where one row came from, as a table.
import type { RowTrace, TracedPrompt } from "../dataset/index.js";
import { type Table, tableFromRecords } from "./table.js";

function promptLines(title: string, prompt: TracedPrompt | null): [string, string][] {
  if (prompt === null) return [];
  const { name, promptHash, verified, problem, demonstrations, passages } = prompt;
  return [
    [`${title} prompt`, name],
    ["  its SHA-256", promptHash],
    ["  rendered again", verified ? "the same hash: these bytes were sent" : (problem ?? "")],
    ["  demonstrations", demonstrations.map(({ id }) => id).join(", ")],
    ...(passages.length > 0 ? [["  passages", passages.map(({ id }) => id).join(", ")] as [string, string]] : []),
  ];
}

export function traceTable({
  id,
  state,
  task,
  triple,
  novelty,
  seeds,
  rejections,
  instructionPrompt,
  responsePrompt,
}: RowTrace): Table {
  const lines: [string, string][] = [
    ...(task === null
      ? []
      : ([
          ["instruction", task.instruction],
          ["input", task.input],
        ] as [string, string][])),
    ...(triple === null ? [] : [["output", triple.output] as [string, string]]),
    ...rejections.map(({ stage, rule }): [string, string] => [`rejected in ${stage}`, rule]),
    ...(novelty === null
      ? []
      : [["nearest before it", `${novelty.nearestId ?? "none"}, ROUGE-L ${novelty.score.toFixed(2)}`] as [string, string]]),
    ...promptLines("instruction", instructionPrompt),
    ...promptLines("response", responsePrompt),
    ["seeds behind it", seeds.map((seed) => `${seed.id} (${seed.task})`).join(", ")],
  ];
  return tableFromRecords(
    `${id}: ${state}`,
    lines.map(([what, value]) => ({ what, "": value })),
  );
}
