// What to type to get a run again.
import { chooseSize } from "./choose-size.js";
import type { RunConfig } from "./config.js";
import { configHash, knownExperiments, loadExperiment } from "./load-config.js";

/** The same adapters, evaluated again in the same way: told in full, since the run that made them may have another way of its own. */
function evaluationCommand({ tasks, systems, budget, evaluation, split, retrieval }: RunConfig, madeBy: string): string {
  const named = ["base", ...evaluation.baselines, ...systems].join(",");
  const { items, shots, draws } = budget;
  const options = [
    `--tasks ${tasks.join(",")} --systems ${named} --items ${items} --shots ${shots.join(",")} --draws ${draws}`,
    `${evaluation.likelihood ? "--likelihood" : "--no-likelihood"} --template ${evaluation.template} --split ${split}`,
    ...(evaluation.baselines.length === 0
      ? []
      : [`--set retrieval.corpus='${retrieval.corpus}' --set retrieval.passages=${retrieval.passages}`]),
    ...(evaluation.endpoints.length === 0 ? [] : [`--set evaluation.endpoints='${JSON.stringify(evaluation.endpoints)}'`]),
  ];
  const folder = ".selfspec/runs/tuned";
  return `${madeBy} --dir ${folder} && npm run selfspec -- evaluate ${folder} ${options.join(" ")}`;
}

/** The experiment that has this configuration, whatever the run was begun with; of an evaluation also the run that made its adapters. */
export function commandOf(config: RunConfig): string {
  if (config.adaptersFrom !== null) return evaluationCommand(config, config.adaptersFrom.command);
  const isSame = (name: string): boolean => {
    const known = chooseSize(loadExperiment(name), config.size, { runSeed: config.runSeed });
    return configHash({ ...known, name: config.name }) === configHash(config);
  };
  const name = knownExperiments().find(isSame) ?? `${config.name}.json`;
  return `npm run selfspec -- run ${name} --size ${config.size} --seed ${config.runSeed}`;
}
