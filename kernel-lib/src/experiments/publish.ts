// Takes what a finished run shows (rows, ledgers, logs, predictions, scores, report, figures) into a folder that may be committed: nothing
// that somebody else wrote goes along. Its main results go into the registry.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import type { z } from "zod";
import {
  type Likelihood,
  likelihoodSchema,
  type OpenedTask,
  openTask,
  type Prediction,
  predictionSchema,
} from "../evaluate/index.js";
import { InputError, readJson, toJsonl } from "../runtime/index.js";
import { evaluationSchema } from "./evaluate-stage.js";
import { answeringSystems } from "./evaluated-systems.js";
import { openRetrieval } from "./evaluation-retrieval.js";
import { type PublishedPrediction, textWithholder } from "./foreign-text.js";
import { readSystemRows } from "./read-answers.js";
import { registerResults } from "./results-registry.js";
import type { Run } from "./run.js";
import { tunedSystems } from "./systems.js";

/** The same question of all systems side by side: their rows repeat each other's hashes, which packs them well. */
function besideEachOther<T extends Pick<Prediction, "k" | "draw" | "itemId" | "system">>(rows: readonly T[]): T[] {
  const key = ({ k, draw, itemId }: T): string => `${k} ${draw} ${itemId}`;
  const order = new Map(rows.map((row, at) => [key(row), at]));
  return [...rows].sort((a, b) => order.get(key(a))! - order.get(key(b))!);
}

/** Without the texts that were asked about, nobody can tell what of an answer they are. */
function refuseOtherOrigin({ task, origin }: OpenedTask, scored: OpenedTask["origin"] | undefined): void {
  if (origin === scored) return;
  throw new InputError({
    got: `answers to ${task.title} on ${scored === "original" ? "the original files" : "the mini set"}, where ${origin === "original" ? "the original files are" : "only the mini set is"} found now`,
    allowed: "the files that the run was scored on, to take their text out of the answers",
    todo: "set SELFSPEC_BENCHMARKS to their folder, or pull them",
  });
}

/** Answers and likelihoods of all systems, without foreign text; a likelihood's only words are the task's own labels. */
async function publishedRows({
  config,
  directory,
}: Run): Promise<{ predictions: PublishedPrediction[]; likelihoods: Likelihood[] }> {
  const folder = directory.evaluation();
  const systems = answeringSystems(config);
  const { origins } = evaluationSchema.parse(readJson(directory.scores()));
  const retrieval = openRetrieval(config);
  const predictions: PublishedPrediction[] = [];
  const likelihoods: Likelihood[] = [];
  try {
    for (const taskId of config.tasks) {
      const opened = openTask({ taskId });
      refuseOtherOrigin(opened, origins[taskId]?.origin);
      const withhold = textWithholder(opened, retrieval);
      const rowsOf = <T extends Prediction | Likelihood>(name: string, schema: z.ZodType<T>): T[] =>
        systems.flatMap((system) => readSystemRows(join(folder, system, name), schema));
      for (const row of besideEachOther(rowsOf(`${taskId}.jsonl`, predictionSchema))) {
        const published = await withhold(row);
        predictions.push({ ...published, latencyMs: Math.round(published.latencyMs) });
      }
      const { labels = [] } = opened.task;
      for (const row of besideEachOther(rowsOf(`${taskId}.likelihood.jsonl`, likelihoodSchema)))
        likelihoods.push({
          ...row,
          labels: row.labels.filter(({ label }) => labels.includes(label)),
          latencyMs: Math.round(row.latencyMs),
        });
    }
  } finally {
    retrieval.close();
  }
  return { predictions, likelihoods };
}

/**
 * Copies a run's artefacts into `target`, its figures into `figures`; returns the paths written.
 * @throws InputError when the run has not been evaluated and reported, or its benchmarks are not found as they were scored; nothing is written.
 */
export async function publishRun({
  run,
  target,
  figures = join(target, "figures"),
}: {
  run: Run;
  target: string;
  figures?: string;
}): Promise<string[]> {
  const from = run.directory.path;
  if (!existsSync(join(from, "report", "results.json")))
    throw new InputError({ got: `${from} has no report`, todo: "finish the run first" });
  const rows = await publishedRows(run);
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
    for (const name of ["triples.jsonl", "summary.json", "rounds.json", "contamination.json"])
      copy("variants", system, "dataset", name);
  for (const system of existsSync(join(from, "lora")) ? readdirSync(join(from, "lora")) : [])
    for (const name of ["log.jsonl", "result.json", "agreement.json"]) copy("lora", system, name);
  copy("lora", "plan.json");
  copy("dataset", "contamination.json");
  for (const name of ["scores.json", "parity.json", "contamination.json"]) copy("evaluate", name);
  copy("report", "results.json");
  const report = readFileSync(join(from, "report", "report.md"), "utf8");
  const pictures = relative(join(target, "report"), figures).split(sep).join("/");
  const reportPath = join(target, "report", "report.md");
  writeFileSync(reportPath, report.replaceAll("](../figures/", `](${pictures}/`));
  written.push(reportPath);
  for (const name of readdirSync(join(from, "figures"))) copyTo(join(figures, name), join(from, "figures", name));

  for (const [name, published] of Object.entries(rows)) {
    if (published.length === 0) continue;
    const path = join(target, `${name}.jsonl.gz`);
    writeFileSync(path, gzipSync(toJsonl(published), { level: 9 }));
    written.push(path);
  }
  written.push(await registerResults(target));
  return written;
}
