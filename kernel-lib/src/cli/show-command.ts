// `show <id>`: where a row came from: its prompts, demonstrations, passages and seeds, and what became of it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { openCorpus } from "../corpus/index.js";
import { type RowTrace, type TracedPrompt, traceRow } from "../dataset/index.js";
import { readJson } from "../runtime/index.js";
import { type Domain, domains } from "../seeds/index.js";
import { jsonOption, printResult } from "./output.js";

interface ShowCommandOptions {
  run: string;
  system?: string;
  corpus?: string;
  json?: boolean;
}

const indent = (text: string): string => text.replace(/^/gm, "    ");

function describePrompt(title: string, prompt: TracedPrompt | null): string[] {
  if (prompt === null) return [];
  const { name, verified, problem, promptHash, demonstrations, passages, text, raw, finishReason } = prompt;
  return [
    `${title}  ${name}, ${promptHash.slice(0, 12)}… ${verified ? "as sent (hash agrees)" : `NOT VERIFIED: ${problem}`}`,
    `  demonstrations  ${demonstrations.map(({ id }) => id).join(", ")}`,
    ...passages.map(
      ({ id, rank, score, text: body }) => `  passage ${rank}  ${id}  ${score.toFixed(2)}${body === null ? "" : `  ${body}`}`,
    ),
    ...(text === null ? [] : [indent(text)]),
    `  the model wrote (${finishReason}):`,
    indent(raw.trim()),
  ];
}

function describe(trace: RowTrace): string {
  const { id, state, task, seeds, novelty, rejections, triple } = trace;
  return [
    `${id}: ${state}`,
    ...rejections.map(({ stage, rule, score, threshold, nearestId }) =>
      [
        `rejected in ${stage} by ${rule}`,
        ...(score === undefined ? [] : [`score ${score.toFixed(3)}`]),
        ...(threshold === undefined ? [] : [`threshold ${threshold}`]),
        ...(nearestId === undefined ? [] : [`nearest ${nearestId}`]),
      ].join(", "),
    ),
    ...(task === null ? [] : [`instruction  ${task.instruction}`, `input        ${task.input === "" ? "(none)" : task.input}`]),
    ...(triple === null ? [] : [`output       ${triple.output}`, `round        ${triple.lineage.round}`]),
    ...(novelty === null ? [] : [`novelty      ${novelty.score.toFixed(3)} to ${novelty.nearestId ?? "nothing"}`]),
    `seeds        ${seeds.map((seed) => `${seed.id} (${seed.task})`).join(", ")}`,
    "",
    ...describePrompt("instruction prompt", trace.instructionPrompt),
    "",
    ...describePrompt("response prompt", trace.responsePrompt),
  ].join("\n");
}

const runConfigSchema = z.looseObject({ domain: z.enum(domains), retrieval: z.looseObject({ corpus: z.string() }) });

/** The corpus that the run searched; undefined where its configuration does not say. */
function corpusOf(run: string, source: string | undefined): { domain: Domain; source: string } | undefined {
  const path = join(run, "config.json");
  const config = existsSync(path) ? runConfigSchema.safeParse(readJson(path)).data : undefined;
  return config && { domain: config.domain, source: source ?? config.retrieval.corpus };
}

async function traceWithTexts(row: Parameters<typeof traceRow>[0], place: { domain: Domain; source: string }): Promise<RowTrace> {
  const corpus = await openCorpus(place);
  try {
    return await traceRow({ ...row, corpus });
  } finally {
    corpus.close();
  }
}

export function addShowCommand(program: Command): void {
  program
    .command("show <id>")
    .description("where a row came from: prompts, demonstrations, passages, seeds, verdicts")
    .requiredOption("--run <folder>", "the folder of the run")
    .option("--system <name>", "another data set of the run: a folder under variants/")
    .option("--corpus <source>", "where the corpus of the passages is, if not where the run had it")
    .option(...jsonOption)
    .action(async (id: string, { run, system, corpus, json }: ShowCommandOptions) => {
      const row = { run, id, ...(system !== undefined && { system }) };
      const trace = await traceRow(row);
      const lacksTexts = trace.responsePrompt?.passages.some(({ text }) => text === null) ?? false;
      const place = lacksTexts ? corpusOf(run, corpus) : undefined;
      const whole = place === undefined ? trace : await traceWithTexts(row, place);
      printResult({ json: json === true }, whole, describe(whole));
    });
}
