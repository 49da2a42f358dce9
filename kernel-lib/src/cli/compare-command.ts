// `compare`: two files of answers to the same questions, and whether one is better.
import type { Command } from "commander";
import { InputError } from "../runtime/index.js";
import { compareFiles, type FileComparison } from "./compare-files.js";
import { alignColumns, jsonOption, printResult, say } from "./output.js";

interface CompareCommandOptions {
  a: string;
  b: string;
  metric: string;
  task?: string;
  from?: string;
  systemA?: string;
  systemB?: string;
  k?: string;
  runSeed?: string;
  json?: boolean;
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InputError({ got: `${flag} ${text}`, allowed: "a whole number from 0", todo: "correct it" });
}

const percent = (fraction: number): string => (100 * fraction).toFixed(2);

function asTable({ metric, n, clusters, a, b, value, ci, p, test, resamples, runSeed }: FileComparison): string {
  const name = (system: string | undefined, path: string): string => (system === undefined ? path : `${system}, ${path}`);
  return alignColumns([
    [`a  ${name(a.system, a.path)}`, percent(a.value), metric],
    [`b  ${name(b.system, b.path)}`, percent(b.value), metric],
    ["b − a", percent(value), `95 % interval ${percent(ci[0])} to ${percent(ci[1])}, p = ${p.toPrecision(3)} (${test})`],
    [`n = ${n}`, "", `${clusters === undefined ? "" : `${clusters} documents, `}${resamples} resamples, run seed ${runSeed}`],
  ]);
}

export function addCompareCommand(program: Command): void {
  program
    .command("compare")
    .description("the paired difference b − a of two files of answers, with its interval and p-value")
    .requiredOption("--a <file>", "JSON Lines: pairs as for `score --pairs`, or with --task predictions; .gz too")
    .requiredOption("--b <file>", "answers to the same questions")
    .requiredOption("--metric <name>", "as for `score`")
    .option("--task <id>", "the task the predictions answer")
    .option("--from <folder>", "where the benchmark's files are")
    .option("--system-a <name>", "whose answers of file a, where it has several systems'")
    .option("--system-b <name>", "whose answers of file b")
    .option("--k <number>", "answers at this number of demonstrations")
    .option("--runSeed, --run-seed <number>", "from which the resamples derive; default 1")
    .option(...jsonOption)
    .action(async (options: CompareCommandOptions) => {
      const { a, b, metric, task, from, systemA, systemB, k, runSeed } = options;
      if (task === undefined && [from, systemA, systemB, k].some((option) => option !== undefined))
        throw new InputError({
          got: "--from, --system-a, --system-b or --k without --task",
          allowed: "with --task only: pairs have no systems",
          todo: "name the task, or leave them out",
        });
      const comparison = await compareFiles({
        a: { path: a, ...(systemA !== undefined && { system: systemA }) },
        b: { path: b, ...(systemB !== undefined && { system: systemB }) },
        metric,
        ...(task !== undefined && { taskId: task }),
        ...(from !== undefined && { from }),
        ...(k !== undefined && { k: wholeNumber("--k", k) }),
        ...(runSeed !== undefined && { runSeed: wholeNumber("--runSeed", runSeed) }),
      });
      if (comparison.notice !== undefined) say(comparison.notice);
      for (const [side, { withheld }] of Object.entries({ a: comparison.a, b: comparison.b }))
        if (withheld > 0)
          say(
            `file ${side}: the text of ${withheld} answers was withheld when published, without their counts; those items are left out on both sides`,
          );
      printResult(options, comparison, asTable(comparison));
    });
}
