// Where benchmark results come from: what was run, on what, with which command; a column a result.
import { benchmarkTasks, type Score } from "../evaluate/index.js";
import type { RunMeta, TaskOrigin } from "./report-input.js";
import { systemStyle } from "./systems.js";
import { type Table, tableFromRecords } from "./table.js";

export interface BenchmarkRun {
  label: string;
  meta: RunMeta;
  configHash: string;
  config: {
    split: string;
    budget: { items: number; shots: readonly number[]; draws: number };
    evaluation: { template: string };
    adaptersFrom: { command: string; adapters: Readonly<Record<string, string | undefined>> } | null;
  };
  systems: readonly string[];
  scores: readonly Score[];
  /** By task id. */
  origins: Readonly<Record<string, TaskOrigin & { version: number }>>;
  predictions: readonly { withheldWords?: number | undefined; error?: string | undefined }[];
  likelihoods: readonly unknown[];
}

function factsOf(run: BenchmarkRun): Record<string, string> {
  const { meta, config, predictions, origins } = run;
  const { budget, adaptersFrom } = config;
  const tasks = Object.values(origins);
  const mini = tasks.filter(({ origin }) => origin === "mini").length;
  const withheld = predictions.filter(({ withheldWords }) => withheldWords !== undefined).length;
  const failed = predictions.filter(({ error }) => error !== undefined).length;
  const adapters = Object.entries(adaptersFrom?.adapters ?? {}).flatMap(([system, sha256]) =>
    sha256 === undefined ? [] : [`${systemStyle(system).label} ${sha256.slice(0, 12)}…`],
  );
  return {
    model: meta.model,
    systems: run.systems.map((system) => systemStyle(system).label).join(", "),
    "adapters made by": adaptersFrom?.command ?? "this run",
    "adapters, SHA-256": adapters.join(", "),
    tasks: `${tasks.length}, ${mini === 0 ? "all on the original files" : `${mini} of them on the mini set of this project`}`,
    items: `at most ${budget.items} a task, split ${config.split}`,
    demonstrations: `k = ${budget.shots.join(", ")}; ${budget.draws} draw${budget.draws === 1 ? "" : "s"} for k > 0`,
    "prompt layout": config.evaluation.template,
    answers: `${predictions.length}; ${withheld} with their text withheld, ${failed} failed`,
    "scored by likelihood": run.likelihoods.length === 0 ? "no" : `${run.likelihoods.length} questions`,
    "run seed": String(meta.runSeed),
    configuration: run.configHash,
    date: meta.date.slice(0, 10),
    machine: meta.machine ?? "",
    command: meta.command,
  };
}

/** A row a fact. */
export function benchmarkRunsTable(runs: readonly BenchmarkRun[]): Table {
  const facts = runs.map(factsOf);
  const records = Object.keys(facts[0] ?? {}).map((fact) => ({
    "": fact,
    ...Object.fromEntries(runs.map(({ label }, index) => [label, facts[index]![fact]!])),
  }));
  return tableFromRecords("Where the numbers come from", records, [
    "Withheld: the text repeats eight words of its benchmark or of a passage; its reading was scored before.",
  ]);
}

/** The tasks of a result: whose choice they are, what was scored, by what. */
export function benchmarkTasksTable({ label, origins, scores }: Pick<BenchmarkRun, "label" | "origins" | "scores">): Table {
  const records = Object.entries(origins).map(([taskId, { title = taskId, version, mainMetric, origin }]) => {
    const task = benchmarkTasks.find(({ id }) => id === taskId);
    const score = scores.find((row) => row.taskId === taskId && row.subset === "all");
    return {
      task: title,
      chosen: task === undefined ? "" : task.suite === "paper" ? "by the paper" : "by this project",
      version,
      source: task?.source.repository ?? "",
      licence: task?.licence ?? "",
      files: origin === "mini" ? "mini set" : "originals",
      answer: task?.answerFormat ?? "",
      metric: mainMetric,
      items: score?.n ?? 0,
      documents: score?.clusters ?? score?.n ?? 0,
    };
  });
  return tableFromRecords(`${label}: the tasks`, records, ["Items of one document are drawn together in the bootstrap."]);
}
