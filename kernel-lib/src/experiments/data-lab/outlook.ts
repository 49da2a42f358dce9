// What the generation of a run would ask for, before the first call.
import { findMeasuredRun, forecastMinutes } from "../forecast.js";
import { forecastMoney } from "../money-forecast.js";
import type { Run } from "../run.js";
import { forecastTokens, type Range, type StageForecast } from "../token-forecast.js";

const generation = ["instructions", "responses"];

export interface GenerationOutlook {
  stages: (StageForecast & { money?: Range })[];
  /** Scaled from these stages of the largest finished run of the experiment; null where there is none. */
  minutes: number | null;
  /** Who would be paid: nobody for the embedded model. */
  payee: string | null;
  currency: string | null;
}

export function generationOutlook({ config }: Pick<Run, "config">): GenerationOutlook {
  const { prices, baseURL } = config.endpoint;
  const measured = findMeasuredRun(config.name);
  const timed = measured && { ...measured, stages: measured.stages.filter(({ stage }) => generation.includes(stage)) };
  const stages = (prices !== null && forecastMoney(config)) || forecastTokens(config);
  return {
    stages: stages.filter(({ stage }) => generation.includes(stage)),
    minutes: timed ? forecastMinutes(config, timed) : null,
    payee: baseURL,
    currency: prices?.currency ?? null,
  };
}
