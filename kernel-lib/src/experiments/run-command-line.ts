// What to type to get a run again.
import { chooseSize } from "./choose-size.js";
import type { RunConfig } from "./config.js";
import { knownExperiments, loadExperiment } from "./load-config.js";

/** The same adapters, evaluated again in the same way: told in full, since the run that made them may have another way of its own. */
function evaluationCommand(config: RunConfig, madeBy: string): string {
  const { tasks, systems, budget, evaluation, split, retrieval, endpoint } = config;
  const named = ["base", ...evaluation.baselines, ...systems].join(",");
  const { items, shots, draws } = budget;
  const options = [
    `--tasks ${tasks.join(",")} --systems ${named} --items ${items} --shots ${shots.join(",")} --draws ${draws}`,
    `${evaluation.likelihood ? "--likelihood" : "--no-likelihood"} --template ${evaluation.template} --split ${split}`,
    `--set endpoint.contextTokens=${endpoint.contextTokens}`,
    ...(evaluation.baselines.length === 0
      ? []
      : [`--set retrieval.corpus='${retrieval.corpus}' --set retrieval.passages=${retrieval.passages}`]),
    ...(evaluation.endpoints.length === 0 ? [] : [`--set evaluation.endpoints='${JSON.stringify(evaluation.endpoints)}'`]),
  ];
  const folder = ".selfspec/runs/tuned";
  return `${madeBy} --dir ${folder} && npm run selfspec -- evaluate ${folder} ${options.join(" ")}`;
}

type Tree = { readonly [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** Every value of `config` that `known` has otherwise, as `--set` takes it. */
function settingsOver(known: Tree, config: Tree, prefix = ""): string[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const before = known[key];
    const path = `${prefix}${key}`;
    if (isTree(value) && isTree(before)) return settingsOver(before, value, `${path}.`);
    const written = JSON.stringify(value);
    return written === JSON.stringify(before) ? [] : [`--set '${path}=${written}'`];
  });
}

/** The known experiment that is nearest to a run's configuration, and what the run changed of it; of an evaluation also the run behind it. */
export function commandOf(config: RunConfig): string {
  if (config.adaptersFrom !== null) return evaluationCommand(config, config.adaptersFrom.command);
  const { size, runSeed } = config;
  const candidates = knownExperiments().map((name) => {
    const known = chooseSize(loadExperiment(name), size, { runSeed });
    return { name, settings: settingsOver(known, { ...config, name: known.name }) };
  });
  const { name, settings } = candidates.reduce((best, other) => (other.settings.length < best.settings.length ? other : best));
  return [`npm run selfspec -- run ${name} --size ${size} --seed ${runSeed}`, ...settings].join(" ");
}
