// Takes what a finished run shows (rows, ledgers, logs, predictions, scores, report, figures) into a folder that may be committed: nothing
// that somebody else wrote goes along. An answer that repeats its benchmark is kept by id and length only.
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { type OpenedTask, openTask, type Prediction, predictionSchema } from "../evaluate/index.js";
import { InputError, readJsonl, toJsonl } from "../runtime/index.js";
import type { Run } from "./run.js";
import { tunedSystems } from "./systems.js";

/** So many words in a row are a quotation. */
const quotedWords = 8;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function runsOf(words: readonly string[]): string[] {
  return Array.from({ length: Math.max(0, words.length - quotedWords + 1) }, (_, at) =>
    words.slice(at, at + quotedWords).join(" "),
  );
}

/** Tells whether a text repeats a task's items: eight words in a row of any, or the whole of its own short input. */
function quotationDetector({ items }: OpenedTask): (text: string, itemId: string) => boolean {
  const all = [...items.test, ...items.demonstrations];
  const quoted = new Set(all.flatMap(({ input, gold }) => [...runsOf(wordsOf(input)), ...runsOf(wordsOf(gold))]));
  const inputs = new Map(all.map(({ id, input }) => [id, wordsOf(input).join(" ")]));
  return (text, itemId) => {
    const words = wordsOf(text);
    return runsOf(words).some((run) => quoted.has(run)) || words.join(" ").includes(inputs.get(itemId) ?? "\u0000");
  };
}

export interface PublishedPrediction extends Prediction {
  /** Present where the text was left out because it repeats the benchmark: how many words it had. */
  withheldWords?: number;
}

function withhold(row: Prediction, quotes: (text: string, itemId: string) => boolean): PublishedPrediction {
  if (!quotes(row.raw, row.itemId)) return row;
  return { ...row, raw: "", strict: null, lenient: null, withheldWords: wordsOf(row.raw).length };
}

/**
 * Copies a run's artefacts into `target`, its figures into `figures`; returns the paths written.
 * @throws InputError when the run has not been evaluated and reported.
 */
export function publishRun({
  run,
  target,
  figures = join(target, "figures"),
}: {
  run: Run;
  target: string;
  figures?: string;
}): string[] {
  const from = run.directory.path;
  if (!existsSync(join(from, "report", "results.json")))
    throw new InputError({ got: `${from} has no report`, todo: "finish the run first" });
  const written: string[] = [];
  const copyTo = (path: string, source: string): void => {
    if (!existsSync(source)) return;
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(source, path);
    written.push(path);
  };
  const copy = (...parts: string[]): void => copyTo(join(target, ...parts), join(from, ...parts));
  for (const name of ["config.json", "surroundings.json", "stages.json"]) copy(name);
  for (const stage of ["instructions", "responses"]) for (const name of ["ledger.json", "rejected.jsonl"]) copy(stage, name);
  for (const name of ["triples.jsonl", "summary.json"]) copy("dataset", name);
  for (const system of tunedSystems)
    for (const name of ["triples.jsonl", "summary.json", "rounds.json"]) copy("variants", system, "dataset", name);
  for (const system of existsSync(join(from, "lora")) ? readdirSync(join(from, "lora")) : [])
    for (const name of ["log.jsonl", "result.json", "agreement.json"]) copy("lora", system, name);
  copy("lora", "plan.json");
  copy("evaluate", "scores.json");
  for (const name of ["report.md", "results.json"]) copy("report", name);
  for (const name of readdirSync(join(from, "figures"))) copyTo(join(figures, name), join(from, "figures", name));

  const predictions = run.config.tasks.flatMap((taskId) => {
    const quotes = quotationDetector(openTask({ taskId }));
    return readdirSync(join(from, "evaluate"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) =>
        readJsonl(join(from, "evaluate", name, `${taskId}.jsonl`), predictionSchema).map((row) => withhold(row, quotes)),
      );
  });
  const path = join(target, "predictions.jsonl.gz");
  writeFileSync(path, gzipSync(toJsonl(predictions), { level: 9 }));
  written.push(path);
  return written;
}
