// From any row back to what it came from: the prompts as they were sent (rendered again and held against their stored hashes), the
// demonstrations, passages and seeds behind them, and what the filter said.
import type { Corpus, FoundPassage } from "../corpus/index.js";
import type { Rejection } from "../filter/index.js";
import {
  isAnswerFirst,
  promptNames,
  type RawCompletion,
  readPrompt,
  renderAnswerFirstPrompt,
  renderInstructionPrompt,
  responsePromptFile,
} from "../generate/index.js";
import { InputError, sha256 } from "../runtime/index.js";
import type { Domain, Seed, SeedDomain } from "../seeds/index.js";
import { renderPrompt } from "./prompt-template.js";
import { type RunRows, runRows, type StageConfig } from "./run-rows.js";
import type { Triple } from "./triple.js";

/** A demonstration as the prompt showed it: a seed, or an earlier row of the run. */
export type ShownDemonstration = Pick<Seed, "id" | "instruction" | "input"> & { output?: string };

export interface TracedPassage {
  id: string;
  rank: number;
  score: number;
  /** Null where the corpus is not at hand. */
  text: string | null;
}

/** One call's prompt. */
export interface TracedPrompt {
  /** The prompt file's name, or that of another template. */
  name: string;
  promptHash: string;
  /** As rendered again; null where a part is missing. */
  text: string | null;
  /** The rendered text has the stored hash: these bytes were sent. */
  verified: boolean;
  /** Why it could not be rendered or does not agree; null where it does. */
  problem: string | null;
  demonstrations: ShownDemonstration[];
  passages: TracedPassage[];
  /** What the model wrote. */
  raw: string;
  finishReason: string;
}

export interface RowTrace {
  id: string;
  /** How far it came. */
  state: "in the data set" | "rejected" | "kept, not answered" | "failed";
  task: { instruction: string; input: string } | null;
  instructionPrompt: TracedPrompt | null;
  /** The same prompt where the answer was written before its input. */
  responsePrompt: TracedPrompt | null;
  /** Seeds behind the row, through machine-written demonstrations too. */
  seeds: Pick<Seed, "id" | "task" | "instruction">[];
  /** Nearest seed or earlier row when the task was judged, ROUGE-L F1. */
  novelty: { nearestId: string | null; score: number } | null;
  rejections: Rejection[];
  triple: Triple | null;
}

type Found = Pick<FoundPassage, "id" | "text">;

interface Context {
  rows: RunRows;
  seeds: ReadonlyMap<string, Seed>;
  corpus: Pick<Corpus, "search"> | undefined;
}

/** The prompt of one completion; `render` gets what could be found. */
function tracePrompt(
  raw: RawCompletion,
  name: string,
  { rows, seeds }: Context,
  found: readonly Found[],
  render: (demonstrations: ShownDemonstration[], passages: Found[]) => string,
): TracedPrompt {
  const lost: string[] = [];
  const demonstrations = raw.demoIds.flatMap((id): ShownDemonstration[] => {
    const shown = seeds.get(id) ?? rows.task(id);
    if (shown === undefined) lost.push(`demonstration ${id}`);
    return shown === undefined ? [] : [shown];
  });
  const texts = new Map(found.map((passage) => [passage.id, passage]));
  const passages = (raw.passages ?? []).map((passage) => ({ ...passage, text: texts.get(passage.id)?.text ?? null }));
  for (const { id, text } of passages) if (text === null) lost.push(`passage ${id}`);
  const common = { name, promptHash: raw.promptHash, demonstrations, passages, raw: raw.text, finishReason: raw.finishReason };
  if (lost.length > 0) return { ...common, text: null, verified: false, problem: `not at hand: ${lost.join(", ")}` };
  const text = render(
    demonstrations,
    passages.map(({ id }) => texts.get(id)!),
  );
  const verified = sha256(text) === raw.promptHash;
  const problem = verified
    ? null
    : "rendered again it has another hash: seeds, passages or prompt file have changed since, or the template is another";
  return { ...common, text, verified, problem };
}

function traceInstruction(raw: RawCompletion, config: StageConfig | undefined, context: Context): TracedPrompt {
  const name = raw.prompt ?? config?.prompts?.[0]?.name ?? "instructions-v1";
  const [prompt, domain] = [readPrompt(name), config?.domain as SeedDomain];
  return tracePrompt(raw, name, context, [], (demonstrations) => {
    if (!isAnswerFirst(name))
      return renderInstructionPrompt({
        prompt,
        domain,
        demonstrations,
        ...(raw.subDomain !== undefined && { subDomain: raw.subDomain }),
      });
    const { instruction } = demonstrations.at(-1)!;
    const shown = demonstrations.slice(0, -1).map((one) => ({ ...one, output: one.output ?? "" }));
    return renderAnswerFirstPrompt({ prompt, domain, demonstrations: shown, instruction });
  });
}

/** A response's prompt is a file, or, in a second round, the training template. */
async function traceResponse(
  raw: RawCompletion,
  task: { instruction: string; input: string },
  config: StageConfig | undefined,
  context: Context,
): Promise<TracedPrompt> {
  const { instruction, input } = task;
  const name = config?.prompt?.name ?? "responses-v1";
  const query = config?.preset?.retrievalQuery === "input" ? input : `${instruction} ${input}`;
  const count = raw.passages?.length ?? 0;
  const found = count > 0 && context.corpus ? await context.corpus.search(query, config?.retrieval?.passages ?? count) : [];
  return tracePrompt(raw, name, context, found, (shown, passages) => {
    const demonstrations = shown.map((one) => ({ ...one, output: one.output ?? "" }));
    if (!promptNames().includes(name)) return renderPrompt(task, demonstrations);
    return responsePromptFile(name).render({ domain: config?.domain as Domain, demonstrations, question: task, passages });
  });
}

/** Seeds among the demonstrations, and those behind machine-written ones. */
function seedsOf(demoIds: readonly string[], { rows, seeds }: Context, seen = new Set<string>()): Seed[] {
  return demoIds.flatMap((id) => {
    if (seen.has(id)) return [];
    seen.add(id);
    const seed = seeds.get(id);
    return seed === undefined ? seedsOf(rows.task(id)?.demoIds ?? [], { rows, seeds, corpus: undefined }, seen) : [seed];
  });
}

/**
 * Traces a row, kept or rejected, of a run's folder. `corpus` gives retrieved passages their texts (searched again, matched by id); without
 * it a prompt that showed passages cannot be rendered, and says so. `system` names another data set of the run.
 * @throws InputError for a folder without rows, or an id that is in none of its files.
 */
export async function traceRow(options: {
  run: string;
  id: string;
  system?: string;
  corpus?: Pick<Corpus, "search">;
}): Promise<RowTrace> {
  const { id, corpus } = options;
  const rows = runRows(options);
  const { rawInstruction, rawResponses, instruction, rejections, triple } = rows;
  if (rawInstruction === undefined && instruction === undefined)
    throw new InputError({
      got: `no row ${id} in ${options.run}`,
      allowed: "the id of a row that the run wrote, kept or not, such as task-0001",
      todo: "see instructions/rows.jsonl and instructions/rejected.jsonl there",
    });
  const context: Context = { rows, seeds: rows.seeds(), corpus };
  const rawResponse = rawResponses[0];
  const task = instruction ? { instruction: instruction.instruction, input: instruction.input } : null;
  const demoIds = [...(rawInstruction?.demoIds ?? instruction?.demoIds ?? []), ...(rawResponse?.demoIds ?? [])];
  const instructionPrompt = rawInstruction ? traceInstruction(rawInstruction, rows.instructionConfig, context) : null;
  const wroteBoth = rawResponse !== undefined && rawResponse.promptHash === rawInstruction?.promptHash;
  const traceAnswer = async (): Promise<TracedPrompt | null> => {
    if (rawResponse === undefined || task === null) return null;
    if (wroteBoth && instructionPrompt) return { ...instructionPrompt, raw: rawResponse.text };
    return traceResponse(rawResponse, task, rows.responseConfig, context);
  };
  return {
    id,
    state: triple ? "in the data set" : rejections.length > 0 ? "rejected" : instruction ? "kept, not answered" : "failed",
    task,
    instructionPrompt,
    responsePrompt: await traceAnswer(),
    seeds: seedsOf(demoIds, context).map((seed) => ({ id: seed.id, task: seed.task, instruction: seed.instruction })),
    novelty: instruction?.novelty ?? null,
    rejections,
    triple: triple ?? null,
  };
}
