// `contamination`: which test items stand in the rows that a model is tuned on, in its seeds, in a corpus or in the tasks' demonstrations.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { wordnetGlosses } from "../corpus/index.js";
import { readTriples } from "../dataset/index.js";
import {
  blockingFindings,
  demonstrationRecord,
  findContamination,
  type OpenedTask,
  openTask,
  passageRecord,
  type SearchedRecord,
  taskRecord,
} from "../evaluate/index.js";
import { textLines } from "../filter/index.js";
import { contaminationTable, renderTerminal, terminalStyle } from "../report/index.js";
import { InputError } from "../runtime/index.js";
import { domains, loadSeeds } from "../seeds/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { jsonOption, printResult } from "./output.js";
import { stageLines } from "./stage-lines.js";

interface ContaminationFlags {
  rows?: string;
  seeds?: string;
  corpus?: string;
  tasks: string;
  from?: string;
  demonstrations?: boolean;
  json?: boolean;
}

/** A file of rows, or those of a run's or a published data set's folder. */
function rowsFile(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  const inside = [join(path, "dataset", "triples.jsonl"), join(path, "triples.jsonl")].flatMap((file) => [file, `${file}.gz`]);
  const found = inside.find(existsSync);
  if (found !== undefined) return found;
  throw new InputError({
    got: `${path} holds no rows`,
    allowed: "a JSON Lines file of triples, or the folder of a run that has made its data set",
    todo: "check the path",
  });
}

const passageSchema = z.looseObject({ id: z.string().optional(), text: z.string() });

/** Passages of a JSON Lines file, one at a time. */
async function* passagesOf(path: string): AsyncGenerator<SearchedRecord> {
  let number = 0;
  for await (const line of textLines(path)) {
    number++;
    if (line.trim() === "") continue;
    let parsed: ReturnType<typeof passageSchema.safeParse> | undefined;
    try {
      parsed = passageSchema.safeParse(JSON.parse(line));
    } catch {
      parsed = undefined;
    }
    if (!parsed?.success)
      throw new InputError({
        got: `${path}:${number} is not a passage`,
        allowed: '{"id", "text"} a line, or "wordnet"',
        todo: "correct that line",
      });
    yield passageRecord({ id: parsed.data.id ?? `#${number}`, text: parsed.data.text });
  }
}

async function* recordsOf(flags: ContaminationFlags, opened: readonly OpenedTask[]): AsyncGenerator<SearchedRecord> {
  const { rows, seeds, corpus, demonstrations } = flags;
  if (seeds !== undefined) for (const seed of loadSeeds({ path: seeds })) yield taskRecord("seed", seed);
  if (rows !== undefined) for await (const row of readTriples(rowsFile(rows))) yield taskRecord("row", row);
  if (corpus === "wordnet")
    for (const passage of domains.flatMap((domain) => wordnetGlosses(domain))) yield passageRecord(passage);
  else if (corpus !== undefined) yield* passagesOf(corpus);
  if (demonstrations)
    for (const { task, items } of opened) for (const item of items.demonstrations) yield demonstrationRecord(task.id, item);
}

async function check(flags: ContaminationFlags): Promise<void> {
  const { rows, seeds, corpus, demonstrations, from } = flags;
  if (rows === undefined && seeds === undefined && corpus === undefined && !demonstrations)
    throw new InputError({ got: "contamination of nothing", allowed: "--rows, --seeds, --corpus, --demonstrations" });
  const ids = [...new Set(flags.tasks.split(",").map((id) => id.trim()))];
  const opened = ids.map((taskId) => openTask({ taskId, ...(from !== undefined && { from }) }));
  const report = await findContamination({
    tasks: opened.map(({ task, origin, items }) => ({ task, origin, items: items.test })),
    records: recordsOf(flags, opened),
    onProgress: stageLines(),
    signal: abortOnInterrupt(),
  });
  const blocking = blockingFindings(report);
  const lines = blocking.map(
    ({ source, sourceId, taskId, itemId, kind, score }) =>
      `${source} ${sourceId} holds ${taskId} ${itemId}: ${kind}, score ${score.toFixed(2)}`,
  );
  printResult(
    flags,
    { ...report, blocking: blocking.length },
    [renderTerminal(contaminationTable(report), terminalStyle(process.stdout)), ...lines].join("\n"),
  );
  if (blocking.length > 0) process.exitCode = 1;
}

export function addContaminationCommand(program: Command): void {
  program
    .command("contamination")
    .description("test items in rows, seeds, a corpus or demonstrations; exits 1 where rows, seeds or passages hold some")
    .requiredOption("--tasks <ids>", "whose test items to look for, separated by commas")
    .option("--rows <path>", "JSON Lines of triples, packed (.gz) or not, or the folder of a run")
    .option("--seeds <file>", "JSON Lines of seeds")
    .option("--corpus <file>", 'JSON Lines {"id", "text"}, or "wordnet"')
    .option("--demonstrations", "the tasks' own demonstrations against their test items, too; they never decide the exit code")
    .option("--from <folder>", "where the benchmarks' files are")
    .option(...jsonOption)
    .action(check);
}
