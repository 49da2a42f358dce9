// What `run --forecast` and `run --preview` say.
import { describeMoney } from "../endpoint/index.js";
import { type DetectableDifference, detectableDifferences } from "../evaluate/index.js";
import {
  detectableOptions,
  findMeasuredRun,
  forecastMinutes,
  forecastMoney,
  forecastTokens,
  type MoneyForecast,
  planWork,
  pricesOf,
  type Range,
  type Run,
  type RunConfig,
  type RunResult,
  type StageForecast,
  sumOfMoney,
  uncountedServers,
  type WorkPlan,
} from "../experiments/index.js";
import { detectableTable, renderTerminal, terminalStyle } from "../report/index.js";
import { alignColumns } from "./output.js";
import { wholeMinutes } from "./run-closing.js";

export interface Forecast extends WorkPlan {
  stages: readonly (StageForecast | MoneyForecast)[];
  /** Over all stages; null where the experiment names no prices. */
  money: Range | null;
  /** Scaled from the largest finished run of the experiment; null where there is none. */
  minutes: number | null;
  /** The smallest difference that each task's items can show. */
  detectable: DetectableDifference[];
}

/** What the evaluation's items can show, as a table for people; "" where nothing is scored. */
export function detectableText(config: RunConfig, stream: NodeJS.WriteStream): string {
  return config.tasks.length === 0
    ? ""
    : `\n${renderTerminal(detectableTable(detectableOptions(config)), terminalStyle(stream))}`;
}

const count = (value: number): string => Math.round(value).toLocaleString("en-US");
const range = ({ low, high }: Range): string => (low === high ? count(low) : `${count(low)} to ${count(high)}`);

function moneyText(config: RunConfig, money: Range | null): string {
  const [prices, uncounted] = [pricesOf(config), uncountedServers(config)];
  const sum = money && prices && `${describeMoney(money.low, prices)} to ${describeMoney(money.high, prices)}`;
  if (uncounted.length === 0) return sum ?? "none: the embedded server";
  return `${sum ? `${sum}, and ` : ""}what is charged by ${uncounted.join(", ")}; prices would say it here`;
}

export function forecastText({ config }: Run): { forecast: Forecast; text: string } {
  const plan = planWork(config);
  const measured = findMeasuredRun(config.name);
  const minutes = measured ? forecastMinutes(config, measured) : null;
  const priced = forecastMoney(config) ?? null;
  const money = priced && sumOfMoney(priced);
  const stages = priced ?? forecastTokens(config);
  const time =
    minutes === null
      ? "unknown: there is no finished run of this experiment to measure from; npm start -- --size smoke makes one"
      : `about ${wholeMinutes(minutes)}, scaled from a finished run of size ${measured!.config.size}`;
  const table = alignColumns([
    [" stage", "calls", "prompt tokens", "written tokens"],
    ...stages.map(({ stage, calls, promptTokens, completionTokens }) => [
      ` ${stage}`,
      range(calls),
      range(promptTokens),
      range(completionTokens),
    ]),
  ]);
  const text = [
    ` rows        ${plan.targetRows} instructions kept, from at most ${plan.maxAttempts} attempts`,
    ` training    at most ${plan.trainingSteps} optimiser steps for all adapters`,
    ` evaluation  at most ${plan.questions} questions to a model`,
    ` time        ${time}`,
    ` money       ${moneyText(config, money)}`,
    "",
    table,
    detectableText(config, process.stdout),
  ].join("\n");
  const detectable = detectableDifferences(detectableOptions(config));
  return { forecast: { ...plan, stages, money, minutes, detectable }, text };
}

export function previewText({ triples }: RunResult): string {
  const rows = triples.map(
    ({ instruction, input, output }) => ` instruction  ${instruction}\n input        ${input}\n output       ${output}`,
  );
  return `\n${rows.join("\n\n")}`;
}
