// `score`: metrics for a predictions file against a task, or for bare (prediction, golds) pairs.
import type { Command } from "commander";
import { allMetricNames, scoreFile } from "../evaluate/index.js";
import { alignColumns, jsonOption, printResult } from "./output.js";

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

export function addScoreCommand(program: Command): void {
  program
    .command("score")
    .description("metrics for a file of predictions")
    .option("--task <id>", "the task the predictions answer")
    .option("--predictions <file>", "JSON Lines as an evaluation writes them, or {id, prediction}")
    .option("--gold <file>", "JSON Lines {id, golds} instead of the task's own answers")
    .option("--from <folder>", "where the benchmark's files are")
    .option("--metric <name>", allMetricNames.join(", "))
    .option("--pairs <file>", "JSON Lines {id, prediction, golds}")
    .option("--per-item", "every item's own value too")
    .option(...jsonOption)
    .action((options: ScoreCommandOptions) => {
      const { task, predictions, gold, from, metric, pairs, perItem } = options;
      const scores = scoreFile({
        ...(task !== undefined && { taskId: task }),
        ...(predictions !== undefined && { predictionsPath: predictions }),
        ...(gold !== undefined && { goldPath: gold }),
        ...(from !== undefined && { from }),
        ...(metric !== undefined && { metric }),
        ...(pairs !== undefined && { pairsPath: pairs }),
      });
      const shown = scores.map(({ items, ...score }) => (perItem ? { ...score, items } : score));
      const rows = scores.flatMap(({ metric: name, value, n, items }) => [
        [name, value.toFixed(2), `n = ${n}`],
        ...(perItem ? items.map((item) => [`  ${item.id}`, item.value.toFixed(2), ""]) : []),
      ]);
      printResult(options, shown, alignColumns(rows));
    });
}
