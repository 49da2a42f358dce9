// What a run would ask a model, before anything is asked: calls and tokens a stage, each as a range, from prompts that are really rendered.
// Money follows from the prices of the configuration; none are known here.
import { renderPrompt } from "../dataset/index.js";
import { openTask } from "../evaluate/index.js";
import { readPrompt, relatedDemonstrations, renderInstructionPrompt, renderResponsePrompt } from "../generate/index.js";
import { deriveRandom } from "../runtime/index.js";
import type { Seed } from "../seeds/index.js";
import { answerTokens } from "./answer-tokens.js";
import { chooseSeeds } from "./choose-seeds.js";
import type { RunConfig } from "./config.js";
import { type AskedSystem, askedSystems, scoredLabels, systemsScoringLabels } from "./evaluated-systems.js";
import { choosePreset } from "./generate-stage.js";
import { sourcesOf, tasksOf } from "./systems.js";

export interface Range {
  low: number;
  high: number;
}

export interface StageForecast {
  stage: string;
  calls: Range;
  promptTokens: Range;
  completionTokens: Range;
}

/** English has 3.9 characters a token with SmolLM2's vocabulary on the seeds; other vocabularies and texts lie between these. */
const charactersAToken: Range = { low: 3.3, high: 4.7 };
const renderedPrompts = 40;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const tokens = (characters: number): Range => ({
  low: characters / charactersAToken.high,
  high: characters / charactersAToken.low,
});
const times = (range: Range, count: Range): Range => ({
  low: Math.round(range.low * count.low),
  high: Math.round(range.high * count.high),
});
const exactly = (count: number): Range => ({ low: count, high: count });

function stageForecast(stage: string, calls: Range, promptCharacters: number, completion: Range): StageForecast {
  return { stage, calls, promptTokens: times(tokens(promptCharacters), calls), completionTokens: times(completion, calls) };
}

/** Characters that the seeds' own texts have: what a model that follows them writes. */
const textLength = (seeds: readonly Seed[], part: (seed: Seed) => string): number => mean(seeds.map((seed) => part(seed).length));

function instructionsForecast(config: RunConfig, stage: string): StageForecast {
  const seeds = chooseSeeds(config);
  const preset = choosePreset(config).instructions;
  const related = relatedDemonstrations({ seeds, count: preset.demonstrations });
  const drawn = deriveRandom(config.runSeed, "forecast").sample(seeds, renderedPrompts);
  const prompt = readPrompt(preset.prompts[0]!);
  const characters = mean(
    drawn.map((seed) => renderInstructionPrompt({ prompt, domain: config.domain, demonstrations: related.of(seed) }).length),
  );
  const { targetRows, maxAttempts } = config.budget;
  const attempts = { low: targetRows, high: maxAttempts };
  const written = textLength(seeds, ({ instruction, input }) => instruction + input);
  const callsEach = preset.scaffold ? 2 : 1;
  return {
    ...stageForecast(stage, times(exactly(callsEach), attempts), characters, { low: 0, high: 0 }),
    completionTokens: times({ low: tokens(written).low / 2, high: preset.maxTokens * callsEach }, attempts),
  };
}

function responsesForecast(config: RunConfig, stage: string): StageForecast {
  const seeds = chooseSeeds(config);
  const preset = choosePreset(config).responses;
  const related = relatedDemonstrations({ seeds, count: preset.demonstrations });
  const drawn = deriveRandom(config.runSeed, "forecast").sample(seeds, renderedPrompts);
  const prompt = mean(
    drawn.map((seed) => renderResponsePrompt({ domain: config.domain, demonstrations: related.of(seed), question: seed }).length),
  );
  const { targetRows } = config.budget;
  const calls = times(exactly(preset.samples), { low: targetRows / 2, high: targetRows });
  const written = textLength(seeds, ({ output }) => output);
  return stageForecast(stage, calls, prompt, { low: tokens(written).low / 2, high: preset.maxTokens });
}

/** The questions of all tasks, and the labels that are scored, to these systems of {@link askedSystems}. */
export function forecastEvaluation(config: RunConfig, asked: readonly AskedSystem[] = askedSystems(config)): StageForecast {
  const { tasks, budget, runSeed } = config;
  const systems = asked.length;
  const scoring = systemsScoringLabels(config).filter(({ system }) => asked.some((one) => one.system === system)).length;
  const parts = tasks.flatMap((taskId) => {
    const { task, items } = openTask({ taskId });
    const demonstrations = items.demonstrations.map(({ input, gold }) => ({
      instruction: task.instruction,
      input,
      output: gold,
    }));
    return budget.shots.flatMap((k) => {
      const shown = deriveRandom(runSeed, "forecast", taskId, k).sample(demonstrations, k);
      const prompts = items.test
        .slice(0, renderedPrompts)
        .map(({ input }) => renderPrompt({ instruction: task.instruction, input }, shown, config.evaluation.template));
      const questions = Math.min(budget.items, items.test.length) * (k === 0 ? 1 : budget.draws);
      const characters = mean(prompts.map(({ length }) => length));
      const labels = exactly(scoring * scoredLabels(task) * questions);
      return [
        stageForecast("evaluate", exactly(systems * questions), characters, { low: 1, high: answerTokens(task) }),
        stageForecast("evaluate", labels, characters, exactly(0)),
      ];
    });
  });
  return parts.reduce(addForecasts, stageForecast("evaluate", exactly(0), 0, exactly(0)));
}

const plus = (a: Range, b: Range): Range => ({ low: a.low + b.low, high: a.high + b.high });

/** The sum of two stages, under the first one's name. */
export function addForecasts(a: StageForecast, b: StageForecast): StageForecast {
  return {
    stage: a.stage,
    calls: plus(a.calls, b.calls),
    promptTokens: plus(a.promptTokens, b.promptTokens),
    completionTokens: plus(a.completionTokens, b.completionTokens),
  };
}

/**
 * Calls and tokens of every stage that asks a model. The low end has every attempt kept and half of the instructions answered in half of the
 * seeds' length; the high end has every attempt made and every answer as long as its limit.
 */
export function forecastTokens(config: RunConfig): StageForecast[] {
  if (config.adaptersFrom !== null) return config.tasks.length > 0 ? [forecastEvaluation(config)] : [];
  const own = [...new Set(config.systems.flatMap(sourcesOf))].filter((system) => system !== "self-specialised");
  return [
    instructionsForecast(config, "instructions"),
    responsesForecast(config, "responses"),
    ...own
      .filter((system) => tasksOf(system).includes(system))
      .map((system) => instructionsForecast(config, `instructions: ${system}`)),
    ...own.map((system) => responsesForecast(config, `responses: ${system}`)),
    ...(config.tasks.length > 0 ? [forecastEvaluation(config)] : []),
  ];
}
