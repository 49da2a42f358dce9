// The stage "evaluate" alone: other tasks, shots or readings on the adapters that a run left. It is a run of its own in a folder of its own, so
// that reports and publishing work on it as on any other; the run that trained the adapters stays as it is.
import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { benchmarkTasks, getTask } from "../evaluate/index.js";
import { InputError, sha256File, writeJson } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import { checkEvaluated } from "./evaluated-systems.js";
import { configHash } from "./load-config.js";
import { Run, reopenRun } from "./run.js";
import { commandOf } from "./run-command-line.js";
import { defaultRunDirectory, type RunDirectory } from "./run-directory.js";
import { withSettings } from "./settings.js";
import type { TunedSystem } from "./systems.js";

export interface OpenEvaluationOptions {
  /** The folder of a run that was tuned, or of an earlier evaluation of one. */
  origin: string;
  /** Task ids, or one of `biomedicine`, `finance`, `all`; default the origin's. */
  tasks?: readonly string[];
  /** Of what the origin has: tuned systems, `base-retrieval`, other endpoints by name; default all. Trivial and base are always there. */
  systems?: readonly string[];
  items?: number;
  shots?: readonly number[];
  draws?: number;
  likelihood?: boolean;
  template?: string;
  split?: string;
  /** Single values by path, applied last. */
  settings?: Readonly<Record<string, unknown>>;
  /** Default: under `.selfspec/runs`, named by the configuration; an evaluation whose configuration stays the same continues where it lies. */
  directory?: string;
}

/** Task ids of a list in which a domain stands for all of its tasks, and `all` for every one. @throws InputError for an unknown one. */
export function chooseTasks(names: readonly string[]): string[] {
  const ids = names.flatMap((name) => {
    const group = benchmarkTasks.filter(({ domain }) => name === "all" || domain === name);
    return group.length > 0 ? group.map(({ id }) => id) : [getTask(name).id];
  });
  return [...new Set(ids)];
}

/** The parts of the configuration that a list of systems keeps. @throws InputError for one that the origin has not. */
function chooseSystems({ systems, evaluation }: RunConfig, names: readonly string[]): Pick<RunConfig, "systems" | "evaluation"> {
  const chosen = {
    systems: systems.filter((system) => names.includes(system)),
    evaluation: {
      ...evaluation,
      baselines: (["base-retrieval"] as const).filter((system) => names.includes(system)),
      endpoints: evaluation.endpoints.filter(({ name }) => names.includes(name)),
    },
  };
  const known = ["trivial", "base", "base-retrieval", ...systems, ...evaluation.endpoints.map(({ name }) => name)];
  const unknown = names.find((name) => !known.some((system) => system === name));
  if (unknown !== undefined)
    throw new InputError({
      got: `system "${unknown}"`,
      allowed: known.join(", "),
      todo: "name systems that the run tuned; --set evaluation.endpoints='[...]' adds another server",
    });
  return chosen;
}

async function adaptersOf(origin: Run, systems: readonly TunedSystem[]): Promise<NonNullable<RunConfig["adaptersFrom"]>> {
  const adapters: Partial<Record<TunedSystem, string>> = {};
  for (const system of systems) {
    const path = join(origin.directory.training(system), "adapter.gguf");
    if (!existsSync(path))
      throw new InputError({
        got: `${origin.directory.path} has no adapter of ${system}`,
        todo: "finish that run, or leave the system out with --systems",
      });
    adapters[system] = await sha256File(path);
  }
  return { command: origin.config.adaptersFrom?.command ?? commandOf(origin.config), adapters };
}

/** What a report and a server need of the stages before the evaluation; checkpoints and raw answers stay where they are, contamination is searched anew. */
const inherited = ["instructions", "responses", "dataset", "variants", "lora"] as const;
const left = /(^|[/\\])(raw\.jsonl|contamination\.json|checkpoint[^/\\]*)$/;

/** Copies the finished stages of a run. */
function inherit(origin: Run, directory: RunDirectory, systems: readonly TunedSystem[]): void {
  const from = origin.directory;
  const isForeign = (path: string): boolean =>
    origin.config.systems.some((system) => !systems.includes(system) && path === from.training(system));
  for (const stage of inherited)
    if (existsSync(join(from.path, stage)))
      cpSync(join(from.path, stage), join(directory.path, stage), {
        recursive: true,
        filter: (path) => !left.test(path) && !isForeign(path),
      });
  directory.remember(from.surroundings());
  const stages = from.stages().filter(({ stage }) => stage !== "evaluate" && stage !== "report");
  writeJson(join(directory.path, "stages.json"), stages);
}

/**
 * Opens an evaluation; its folder is made, with copies of the adapters, where it is not there yet.
 * @throws InputError for an unknown task or system, for an adapter that is missing, and for a folder that holds another run.
 */
export async function openEvaluation(options: OpenEvaluationOptions): Promise<Run> {
  const { items, shots, draws, likelihood, template, split, settings = {} } = options;
  const origin = reopenRun(options.origin);
  const { config } = origin;
  const kept = options.systems
    ? chooseSystems(config, options.systems)
    : { systems: config.systems, evaluation: config.evaluation };
  const changes: Record<string, unknown> = {
    ...(items !== undefined && { "budget.items": items }),
    ...(shots !== undefined && { "budget.shots": shots }),
    ...(draws !== undefined && { "budget.draws": draws }),
    ...(likelihood !== undefined && { "evaluation.likelihood": likelihood }),
    ...(template !== undefined && { "evaluation.template": template }),
    ...(split !== undefined && { split }),
    ...settings,
  };
  const tasks = chooseTasks(options.tasks ?? config.tasks);
  const asked = withSettings({ ...config, ...kept, tasks }, changes);
  asked.tasks.forEach(getTask);
  checkEvaluated(asked);
  const chosen: RunConfig = { ...asked, adaptersFrom: await adaptersOf(origin, asked.systems) };
  const same = config.adaptersFrom !== null && configHash(chosen) === configHash(config);
  const path = options.directory ? resolve(options.directory) : same ? origin.directory.path : defaultRunDirectory(chosen);
  const run = new Run(chosen, path);
  if (path === origin.directory.path && !same)
    throw new InputError({
      got: `--dir ${path}`,
      allowed: "another folder than the run's own",
      todo: "name a new one, or leave --dir out",
    });
  if (!existsSync(join(path, "config.json"))) {
    inherit(origin, run.directory, chosen.systems);
    run.directory.claim(chosen);
  }
  return run;
}
