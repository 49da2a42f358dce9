// `novelty FILE`: which of anyone's lines are new, by the filter that generation uses.
import type { Command } from "commander";
import { keepNovel, textLines } from "../filter/index.js";
import { InputError, startStage } from "../runtime/index.js";
import { jsonOption, printResult } from "./output.js";
import { stageLines } from "./stage-lines.js";

interface NoveltyCommandOptions {
  threshold: string;
  json?: boolean;
}

function thresholdOf(text: string): number {
  const threshold = text.trim() === "" ? Number.NaN : Number(text);
  if (threshold >= 0 && threshold <= 1) return threshold;
  throw new InputError({ got: `--threshold ${text}`, allowed: "0 to 1 in steps of 0.001", todo: "0.7 is Self-Instruct's" });
}

export function addNoveltyCommand(program: Command): void {
  program
    .command("novelty")
    .description("the lines of a text file that differ from every line kept before them (ROUGE-L F1, first come first kept)")
    .argument("<file>", "a text a line; a line without a word of Latin letters or digits, such as a blank one, is kept")
    .option("--threshold <number>", "the largest similarity that still passes, 0 to 1", "0.7")
    .option(...jsonOption)
    .action(async (file: string, options: NoveltyCommandOptions) => {
      const threshold = thresholdOf(options.threshold);
      const watch = startStage("novelty", stageLines());
      const result = await keepNovel({
        lines: textLines(file),
        threshold,
        onLine(done) {
          if (done % 10_000 === 0) watch.update({ done, unit: "lines" });
        },
      });
      const { kept, rejected } = result;
      const counts = `${kept.length} of ${kept.length + rejected.length} lines kept at novelty threshold ${threshold}`;
      watch.finish(counts);
      const dropped = rejected.map(({ line, nearest, score }) => `line ${line} is like line ${nearest}: ${score.toFixed(3)}`);
      printResult(options, result, [...dropped, `${counts}; lines are counted from 0`].join("\n"));
    });
}
