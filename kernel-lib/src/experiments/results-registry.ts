// The registry of results: a line for every published number, with what is needed to get it again and the files that it was read from. Lines
// have stable ids, so that a result that is published again takes the place of the old one.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import type { Difference, Score } from "../evaluate/index.js";
import { InputError, projectRoot, readJson, readJsonl, sha256File, writeJsonl } from "../runtime/index.js";
import { type Evaluation, evaluationSchema, sourceFileSchema } from "./evaluate-stage.js";
import { configHash, parseRunConfig } from "./load-config.js";
import { surroundingsSchema } from "./run-directory.js";

export const resultSchema = z.strictObject({
  /** `<published name>/<task>/<metric>/k<shots>/<system>`, with `-vs-<against>` behind it for a difference. */
  id: z.string(),
  /** The number in a sentence. */
  claim: z.string(),
  /** What to type to get it again. */
  command: z.string(),
  /** Of the published config.json. */
  configHash: z.string(),
  /** The run seeds behind the number. */
  seeds: z.array(z.number().int()).min(1),
  /** Items. */
  n: z.number().int(),
  /** In percent; of a difference in percentage points. */
  value: z.number(),
  /** 95 % interval. */
  ci: z.tuple([z.number(), z.number()]),
  machine: z.string().nullable(),
  /** Of this project when the result was registered; null where it was no checkout. */
  commit: z.string().nullable(),
  date: z.string(),
  /** The benchmark files that were scored on; of an average, those of all tasks. None in results from before files were named. */
  data: z.array(sourceFileSchema).default([]),
  /** Paths from the registry's folder. */
  artefacts: z.array(z.strictObject({ path: z.string(), sha256: z.string() })).min(1),
});
export type Result = z.infer<typeof resultSchema>;

/** What is published in data/results shares one registry; elsewhere each folder has its own. */
function registryOf(target: string): string {
  const results = join(projectRoot(), "data", "results");
  return join(resolve(target).startsWith(results + sep) ? results : target, "registry.jsonl");
}

function currentCommit(): string | null {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], {
      cwd: projectRoot(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}

const scoreId = (name: string, { taskId, metric, k, system }: Pick<Score, "taskId" | "metric" | "k" | "system">): string =>
  `${name}/${taskId}/${metric}/k${k}/${system}`;

/** What tables lead with: each task's main metric and the averages, the best reading of all items. */
function mainRows<T extends Score | Difference>(rows: readonly T[], { origins }: Evaluation): T[] {
  const isMain = ({ taskId, metric }: T): boolean => origins[taskId] === undefined || origins[taskId].mainMetric === metric;
  return rows.filter((row) => row.reading === "lenient" && row.subset === "all" && isMain(row));
}

const points = (value: number): string => value.toFixed(1);
const shots = (k: number): string => `${k} demonstration${k === 1 ? "" : "s"}`;
const interval = ([low, high]: readonly [number, number]): string => `95 % interval ${points(low)} to ${points(high)}`;

/** Whether a difference holds; of one from before comparisons were corrected nothing is said but that. */
function holds({ significant, pHolm }: Difference): string {
  if (pHolm === undefined) return ", not corrected for the number of comparisons";
  return `, p ${pHolm < 0.001 ? "< 0.001" : pHolm.toFixed(3)} after Holm: ${significant ? "holds" : "does not hold"}`;
}

/** The results of a published folder, whose checksums are taken as it lies there. */
async function readResults(target: string, registry: string): Promise<Result[]> {
  const at = (...parts: string[]): string => join(target, ...parts);
  const config = parseRunConfig(readJson(at("config.json")), at("config.json"));
  const evaluation = evaluationSchema.parse(readJson(at("evaluate", "scores.json")));
  const { machine, date } = surroundingsSchema.parse(readJson(at("surroundings.json")));
  const { meta } = z.looseObject({ meta: z.looseObject({ command: z.string() }) }).parse(readJson(at("report", "results.json")));
  const name = basename(resolve(target));
  const files = ["config.json", join("evaluate", "scores.json"), "predictions.jsonl.gz", "likelihoods.jsonl.gz"];
  const artefacts: Result["artefacts"] = [];
  for (const path of files.map((file) => at(file)).filter(existsSync))
    artefacts.push({ path: relative(dirname(registry), path).split(sep).join("/"), sha256: await sha256File(path) });
  const shared = {
    command: meta.command,
    configHash: configHash(config),
    seeds: [config.runSeed],
    machine: machine ?? null,
    commit: currentCommit(),
    date: date ?? "",
    artefacts,
  };
  const title = (taskId: string): string => evaluation.origins[taskId]?.title ?? taskId;
  const everyFile = new Map(Object.values(evaluation.origins).flatMap(({ files }) => files.map((file) => [file.sha256, file])));
  const dataOf = (taskId: string): Result["data"] => evaluation.origins[taskId]?.files ?? [...everyFile.values()];
  return [
    ...mainRows(evaluation.scores, evaluation).map((score) => ({
      id: scoreId(name, score),
      claim: `${score.system} reaches ${points(score.value)} % ${score.metric} on ${title(score.taskId)} with ${shots(score.k)} (${interval(score.ci)})`,
      ...{ n: score.n, value: score.value, ci: score.ci, ...shared, data: dataOf(score.taskId) },
    })),
    ...mainRows(evaluation.differences, evaluation).map((row) => ({
      id: `${scoreId(name, row)}-vs-${row.against}`,
      claim: `${row.system} − ${row.against} is ${points(row.value)} points ${row.metric} on ${title(row.taskId)} with ${shots(row.k)} (${interval(row.ci)}${holds(row)})`,
      ...{ n: row.n, value: row.value, ci: row.ci, ...shared, data: dataOf(row.taskId) },
    })),
  ];
}

/** The results of a registry. @throws InputError naming the line that is none. */
export const readRegistry = (path: string): Result[] => readJsonl(path, resultSchema, "result");

/**
 * Puts the main scores and differences of a published folder into its registry, in place of those of the same name; returns its path.
 * @throws InputError when the folder has no scores.
 */
export async function registerResults(target: string): Promise<string> {
  if (!existsSync(join(target, "evaluate", "scores.json")))
    throw new InputError({ got: `${target} has no evaluate/scores.json`, todo: "publish an evaluated run there first" });
  const registry = registryOf(target);
  const name = basename(resolve(target));
  const others = existsSync(registry) ? readRegistry(registry).filter(({ id }) => !id.startsWith(`${name}/`)) : [];
  const results = [...others, ...(await readResults(target, registry))];
  writeJsonl(
    registry,
    results.sort((a, b) => (a.id < b.id ? -1 : 1)),
  );
  return registry;
}
