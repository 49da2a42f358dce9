// What `run --forecast` and `run --preview` say.
import { findMeasuredRun, forecastMinutes, planWork, type Run, type RunResult, type WorkPlan } from "../experiments/index.js";
import { wholeMinutes } from "./run-closing.js";

export interface Forecast extends WorkPlan {
  /** Scaled from the largest finished run of the experiment; null where there is none. */
  minutes: number | null;
}

export function forecastText({ config }: Run): { forecast: Forecast; text: string } {
  const plan = planWork(config);
  const measured = findMeasuredRun(config.name);
  const minutes = measured ? forecastMinutes(config, measured) : null;
  const time =
    minutes === null
      ? "unknown: there is no finished run of this experiment to measure from; npm start -- --size smoke makes one"
      : `about ${wholeMinutes(minutes)}, scaled from a finished run of size ${measured!.config.size}`;
  const text = [
    ` rows        ${plan.targetRows} instructions kept, from at most ${plan.maxAttempts} attempts`,
    ` training    at most ${plan.trainingSteps} optimiser steps for all adapters`,
    ` evaluation  ${plan.questions} questions to a model`,
    ` time        ${time}`,
    ` money       ${config.endpoint.baseURL === null ? "none: the embedded server" : `as ${config.endpoint.baseURL} charges`}`,
  ].join("\n");
  return { forecast: { ...plan, minutes }, text };
}

export function previewText({ triples }: RunResult): string {
  const rows = triples.map(
    ({ instruction, input, output }) => ` instruction  ${instruction}\n input        ${input}\n output       ${output}`,
  );
  return `\n${rows.join("\n\n")}`;
}
