// `score`: metrics for a predictions file against a task, or for bare pairs of predictions and gold answers.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import {
  allMetricNames,
  type PairScore,
  type PairsInterval,
  type PairValues,
  pairMetricByName,
  pairMetricNames,
  pairsInterval,
  type ScoredPair,
  scoreFile,
  scorePairs,
} from "../evaluate/index.js";
import { InputError } from "../runtime/index.js";
import { alignColumns, jsonOption, printResult, say } from "./output.js";
import { withSpoolFile } from "./spool-file.js";

interface ScoreCommandOptions {
  task?: string;
  predictions?: string;
  gold?: string;
  from?: string;
  metric?: string;
  pairs?: string;
  perItem?: boolean;
  json?: boolean;
}

const percent = (fraction: number): string => (100 * fraction).toFixed(2);

/** The plain figures of a score in one line; averages over classes are for `--json`. */
const figuresOf = (values: PairValues): string =>
  Object.entries(values)
    .flatMap(([name, value]) => (typeof value === "number" ? [`${name} ${percent(value)}`] : []))
    .join("  ");

function openDocument({ metric, n, value }: PairScore, interval: PairsInterval): string {
  return JSON.stringify({ metric, n, value, ...interval, items: [] }).slice(0, -"]}".length);
}

/** Items are spooled to a file until the whole value is known: the document opens with it, and memory grows by a pair's counts only. */
async function scoreBarePairs(metric: string, path: string, { perItem, json }: ScoreCommandOptions): Promise<void> {
  const known = pairMetricByName(metric);
  const { add, interval } = pairsInterval(known);
  const finish = (score: PairScore): void => {
    const drawn = interval();
    const [low, high] = drawn.ci.map(percent);
    const told = `95 % interval ${low} to ${high}, ${drawn.resamples} resamples`;
    process.stdout.write(
      json ? openDocument(score, drawn) : `${known.name}  ${figuresOf(score.value)}  n = ${score.n}  ${told}\n`,
    );
  };
  const closing = json ? "]}\n" : "";
  if (!perItem) {
    finish(await scorePairs({ path, metric, onPair: add }));
    process.stdout.write(closing);
    return;
  }
  await withSpoolFile(async (spool) => {
    let first = true;
    const onPair = (pair: ScoredPair): void => {
      const { id, values } = pair;
      add(pair);
      spool.write(json ? `${first ? "" : ","}\n${JSON.stringify({ id, ...values() })}` : `  ${id}  ${figuresOf(values())}\n`);
      first = false;
    };
    const score = await scorePairs({ path, metric, onPair });
    spool.flush();
    finish(score);
    await pipeline(createReadStream(spool.path), process.stdout, { end: false });
    process.stdout.write(closing);
  });
}

function scorePredictions(options: ScoreCommandOptions & { task: string; predictions: string }): void {
  const { task, predictions, gold, from, metric, perItem } = options;
  const scores = scoreFile({
    taskId: task,
    predictionsPath: predictions,
    ...(gold !== undefined && { goldPath: gold }),
    ...(from !== undefined && { from }),
    ...(metric !== undefined && { metric }),
  });
  const withheld = Math.max(...scores.map((score) => score.withheld));
  if (withheld > 0)
    say(
      `the text of up to ${withheld} answers a system was withheld when they were published, and no counts were kept that these figures could use; they are over the other answers`,
    );
  const notice = scores[0]?.notice;
  const unanswered = Math.max(...scores.map((score) => score.unanswered));
  if (notice !== undefined) say(notice);
  if (unanswered > 0)
    say(`up to ${unanswered} items of ${gold} have no answer of a system; the figures are over the answered ones`);
  const figure = (value: number | null): string => value?.toFixed(2) ?? "–";
  const shown = scores.map(({ items, ...score }) => (perItem ? { ...score, items } : score));
  const rows = scores.flatMap(({ system, k, metric: name, value, ci, strict, n, draws, formatFailures, items }) => [
    [
      [system, k !== undefined && `k = ${k}`, name].filter(Boolean).join(" "),
      figure(value),
      ci === null ? "–" : `95 % interval ${ci.map(figure).join(" to ")}`,
      `strict ${figure(strict)}`,
      `format failures ${formatFailures === null ? "–" : `${percent(formatFailures)} %`}`,
      `n = ${n}${draws.length === 0 ? "" : `, ${draws.length} draws`}`,
    ],
    ...(perItem ? items.map((item) => [`  ${item.id}`, item.value.toFixed(2), "", "", "", ""]) : []),
  ]);
  printResult(options, shown, alignColumns(rows));
}

export function addScoreCommand(program: Command): void {
  program
    .command("score")
    .description("metrics for a file of predictions")
    .option("--task <id>", "the task the predictions answer; figures are percent, as in tables")
    .option("--predictions <file>", "JSON Lines as an evaluation writes them, or {id, prediction}")
    .option("--gold <file>", "JSON Lines {id, golds} instead of the task's items, with {input} where names are to be found in it")
    .option("--from <folder>", "where the benchmark's files are")
    .option("--metric <name>", `with --task: ${allMetricNames.join(", ")}; with --pairs: ${pairMetricNames.join(", ")}`)
    .option(
      "--pairs <file>",
      "JSON Lines of predictions with their gold answers, tags or labels; figures are fractions in --json",
    )
    .option("--per-item", "every item's own value too")
    .option(...jsonOption)
    .action(async (options: ScoreCommandOptions) => {
      const { task, predictions, metric, pairs } = options;
      if (task !== undefined && predictions !== undefined && pairs === undefined)
        return scorePredictions({ ...options, task, predictions });
      if (metric !== undefined && pairs !== undefined && task === undefined && predictions === undefined)
        return scoreBarePairs(metric, pairs, options);
      throw new InputError({
        got:
          task === undefined && pairs === undefined
            ? "score without what to score"
            : "score with half of one way, or with both ways",
        allowed: "--task T --predictions F, or --metric NAME --pairs F",
        todo: "give one of these",
      });
    });
}
