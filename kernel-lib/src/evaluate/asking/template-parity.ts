// Before a tuned system is asked: are the bytes and tokens that it was trained on those that it will be asked with? A prompt that differs by
// one byte makes a good adapter look untuned.
import { type PromptTemplate, promptTemplateId, stopsOf, type Triple } from "../../dataset/index.js";
import { type TrainingRow, tokenizeRow, trainingRowOf } from "../../lora/index.js";
import type { Tokenizer } from "../../models/index.js";
import { RunError, sha256 } from "../../runtime/index.js";
import type { BenchmarkTask, TaskItem } from "../tasks/index.js";
import { type PlannedQuestion, planEvaluation } from "./evaluation-plan.js";

type RowTokenizer = Pick<Tokenizer, "encode" | "bos" | "eos" | "addBos">;

export interface TemplateParityOptions {
  /** What was trained on; a sample is enough. */
  triples: readonly Pick<Triple, "id" | "instruction" | "input" | "output">[];
  /** How training writes a row. Default {@link trainingRowOf}. */
  trained?: (triple: TemplateParityOptions["triples"][number]) => TrainingRow;
  /** What will be asked; where that is nothing, nothing is compared. */
  parts: readonly { task: BenchmarkTask; items: readonly TaskItem[] }[];
  /** The layout it will be asked in; default that of training. */
  template?: PromptTemplate;
  /** The model's; without it only bytes are compared. */
  tokenizer?: RowTokenizer;
}

export interface TemplateParity {
  /** Training rows and benchmark items that were compared. */
  rows: number;
  items: number;
  /** SHA-256 over the SHA-256 of every prompt, in order: the same for what was trained and for what is asked. */
  promptHash: string;
  /**
   * Rows whose text as a whole is cut into other tokens at the end of the prompt than training cut it, which encodes prompt and completion
   * apart; generation is not touched by it, likelihoods of labels are.
   */
  mergedBoundaries: number;
}

const differ = (where: string, got: string): never => {
  throw new RunError({
    got: `${where}: ${got}`,
    allowed: "the same prompt in training and in evaluation",
    todo: "ask with the template of the training, or train again",
  });
};

function compareBytes(where: string, trained: string, asked: string): void {
  const [a, b] = [Buffer.from(trained), Buffer.from(asked)];
  const length = Math.max(a.length, b.length);
  let at = 0;
  while (at < length && a[at] === b[at]) at++;
  const from = (bytes: Buffer): string => JSON.stringify(bytes.subarray(at, at + 24).toString("utf8"));
  if (at < length) differ(where, `byte ${at + 1} of the prompt differs: trained ${from(a)}, asked ${from(b)}`);
}

/** Compares the tokens before the answer; returns whether the text as a whole would be cut elsewhere. */
function compareTokens(where: string, row: TrainingRow, asked: string, tokenizer: RowTokenizer): boolean {
  const { ids, promptTokens } = tokenizeRow(tokenizer, row);
  const start = tokenizer.addBos && tokenizer.bos !== undefined ? [tokenizer.bos] : [];
  const read = (text: string): number[] => [...start, ...tokenizer.encode(text, { special: true })];
  const [trainedHead, askedHead] = [ids.slice(0, promptTokens), read(asked)];
  const at = trainedHead.findIndex((id, index) => id !== askedHead[index]);
  if (at >= 0 || trainedHead.length !== askedHead.length)
    differ(where, `token ${(at >= 0 ? at : trainedHead.length) + 1} of the prompt differs, though its bytes are the same`);
  if (tokenizer.eos.length > 0 && ids.at(-1) !== tokenizer.eos[0])
    differ(where, "the training row does not end with the end token, so nothing teaches the model to stop");
  const whole = read(asked + row.completion);
  return trainedHead.some((id, index) => id !== whole[index]);
}

/**
 * Puts training rows and benchmark items through both ways, the training's and the evaluation's, and compares the hashes of the prompts, the
 * tokens up to where the answer begins, and the ends of the answers.
 * @throws RunError that names the first differing byte or token.
 */
export async function checkTemplateParity(options: TemplateParityOptions): Promise<TemplateParity> {
  const { triples, parts, template = promptTemplateId, tokenizer, trained = trainingRowOf } = options;
  const ask = async (task: BenchmarkTask, items: readonly TaskItem[]): Promise<PlannedQuestion[]> => {
    const without = { ks: [0], demonstrations: [], runSeed: 0, contextTokens: Number.POSITIVE_INFINITY, maxTokens: 0 };
    return (await planEvaluation({ task, items, template, ...without })).questions;
  };
  const hashes: string[] = [];
  let mergedBoundaries = 0;
  const compare = (where: string, row: TrainingRow, { prompt, promptHash }: PlannedQuestion): void => {
    if (sha256(row.prompt) !== promptHash) compareBytes(where, row.prompt, prompt);
    const stop = stopsOf(template).find((mark) => row.completion.includes(mark));
    if (stop !== undefined) differ(where, `the trained answer goes on after ${JSON.stringify(stop)}, which ends an answer`);
    if (tokenizer && compareTokens(where, row, prompt, tokenizer)) mergedBoundaries++;
    hashes.push(promptHash);
  };
  const rows = parts[0] ? triples : [];
  for (const triple of rows) {
    const { id, instruction, input, output } = triple;
    const asTask = { ...parts[0]!.task, instruction };
    const [question] = await ask(asTask, [{ id, input, gold: output }]);
    compare(`training row ${id}`, trained(triple), question!);
  }
  for (const { task, items } of parts)
    for (const question of await ask(task, items)) {
      const { id, input, gold } = question.item;
      compare(`${task.id}, item ${id}`, trained({ id, instruction: task.instruction, input, output: gold }), question);
    }
  return {
    rows: rows.length,
    items: parts.reduce((sum, { items }) => sum + items.length, 0),
    promptHash: sha256(hashes.join("\n")),
    mergedBoundaries,
  };
}
