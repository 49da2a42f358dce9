// Where a run leaves the paper, in the words that stand below every table.
import { type BenchmarkTask, getTask } from "../evaluate/index.js";
import type { RunConfig } from "./config.js";
import { choosePreset } from "./generate-stage.js";
import type { Surroundings } from "./run-directory.js";

/** Values of the preset that this experiment changed. */
const changedValues = ({ preset, generation }: RunConfig): string[] =>
  Object.entries(generation).flatMap(([stage, values]) =>
    Object.entries(values).map(([key, value]) => `${stage}: ${key} is ${JSON.stringify(value)}, unlike in preset ${preset}`),
  );

const isOfPaper = ({ suite }: BenchmarkTask): boolean => suite === "paper";

/** How many tasks of the paper are scored, and which ones are this project's choice. */
function taskDeviations({ tasks, budget }: RunConfig): string[] {
  if (tasks.length === 0) return [];
  const [paper, ours] = [tasks.map(getTask).filter(isOfPaper), tasks.map(getTask).filter((task) => !isOfPaper(task))];
  const items = `at most ${budget.items} items each, with this project's own instructions`;
  return [
    `${paper.length} of the paper's ten tasks, ${items}`,
    ...(ours.length === 0 ? [] : [`${ours.map(({ title }) => title).join(", ")}: chosen by this project, not by the paper`]),
  ];
}

export function deviationsOf(config: RunConfig, { model, shrunk = [] }: Surroundings): string[] {
  const { budget, endpoint, lora } = config;
  return [
    `the model is ${model ?? config.model}, not MPT-30B, LLaMA-2-7B or Falcon-40B${/instruct/i.test(model ?? config.model) ? ", and it is instruction-tuned already where the paper starts from base models" : ""}`,
    `at most ${budget.targetRows} generated rows instead of 5,000`,
    `LoRA hyper-parameters are not known from the paper; rank ${lora.rank}, alpha ${lora.alpha}, learning rate ${lora.learningRate} on all linear layers follow Self-MoE, the batch is ${lora.batchSize} instead of 32`,
    ...choosePreset(config).deviations,
    ...changedValues(config),
    ...(config.retrieval.enabled
      ? []
      : ["responses are not grounded in retrieved passages (optional in the paper's second version)"]),
    ...(endpoint.baseURL === null && endpoint.weights !== "as-shipped"
      ? [`the embedded server runs the same weights written as ${endpoint.weights}`]
      : []),
    ...(budget.shots.some((k) => k > 0) && budget.draws === 1
      ? ["one draw of demonstrations where the paper's bars have several"]
      : []),
    ...taskDeviations(config),
    ...(config.split === "development" ? ["scored on development items: for choosing, not for claiming"] : []),
    ...shrunk,
  ];
}
