// Click-through on a data set without its raw texts: from a row to the demonstrations of both its prompts by id, each prompt rendered again
// and held against the hash that the row has kept.
import { renderPrompt } from "../../dataset/index.js";
import {
  type Instruction,
  isAnswerFirst,
  promptNames,
  type Response,
  readPrompt,
  renderAnswerFirstPrompt,
  renderInstructionPrompt,
  responsePromptFile,
} from "../../generate/index.js";
import { InputError, sha256 } from "../../runtime/index.js";
import type { Domain } from "../../seeds/index.js";
import type { Dataset } from "./open-dataset.js";

export interface ShownExample {
  id: string;
  /** The seed's kind of task; "machine-written" for an earlier row. */
  task: string;
  instruction: string;
  input: string;
  /** Absent for an earlier row: it was shown without one. */
  output?: string;
}

export interface OriginPrompt {
  /** "instruction", "answer", or both in one. */
  asked: string;
  file: string;
  promptHash: string;
  /** Rendered again it has the stored hash; null where a demonstration or a passage's text is not at hand. */
  verified: boolean | null;
  shown: ShownExample[];
}

export interface RowOrigins {
  id: string;
  instruction: string;
  input: string;
  output: string;
  /** Nearest seed or earlier row when the task was judged, ROUGE-L F1. */
  novelty: { nearestId: string | null; score: number };
  prompts: OriginPrompt[];
}

type Set = Pick<Dataset, "instructions" | "responses" | "seeds" | "instructionConfig" | "responseConfig">;

function shownExamples(set: Set, ids: readonly string[]): ShownExample[] {
  return ids.flatMap((id): ShownExample[] => {
    const seed = set.seeds.find((one) => one.id === id);
    if (seed !== undefined) return [seed];
    const row = set.instructions.find((one) => one.id === id);
    return row === undefined ? [] : [{ id, task: "machine-written", instruction: row.instruction, input: row.input }];
  });
}

const answered = (shown: readonly ShownExample[]) => shown.map((one) => ({ ...one, output: one.output ?? "" }));

function taskPrompt(set: Set, task: Instruction): OriginPrompt {
  const { domain, prompts } = set.instructionConfig;
  const file = task.prompt ?? prompts[0]!.name;
  const shown = shownExamples(set, task.demoIds);
  const render = (): string => {
    const prompt = readPrompt(file);
    if (isAnswerFirst(file))
      return renderAnswerFirstPrompt({
        prompt,
        domain,
        demonstrations: answered(shown.slice(0, -1)),
        instruction: shown.at(-1)!.instruction,
      });
    const subDomain = task.subDomain !== undefined && { subDomain: task.subDomain };
    return renderInstructionPrompt({ prompt, domain, demonstrations: shown, ...subDomain });
  };
  const whole = shown.length === task.demoIds.length;
  const verified = whole ? sha256(render()) === task.promptHash : null;
  return { asked: "instruction", file, promptHash: task.promptHash, verified, shown };
}

function answerPrompt(set: Set, task: Instruction, response: Response): OriginPrompt {
  const file = set.responseConfig.prompt.name;
  const shown = shownExamples(set, response.demoIds);
  const question = { instruction: task.instruction, input: task.input };
  const render = (): string =>
    promptNames().includes(file)
      ? responsePromptFile(file).render({
          domain: set.instructionConfig.domain as Domain,
          demonstrations: answered(shown),
          question,
        })
      : renderPrompt(question, answered(shown));
  const whole = shown.length === response.demoIds.length && (response.passages ?? []).length === 0;
  const verified = whole ? sha256(render()) === response.promptHash : null;
  return { asked: "answer", file, promptHash: response.promptHash, verified, shown };
}

/** @throws InputError for an id that is not in the data set. */
export function rowOrigins(set: Set, id: string): RowOrigins {
  const task = set.instructions.find((row) => row.id === id);
  const response = set.responses.find((row) => row.instructionId === id);
  if (task === undefined || response === undefined)
    throw new InputError({ got: `no row ${id}`, allowed: `ids of the data set, such as ${set.responses[0]?.instructionId}` });
  const first = taskPrompt(set, task);
  const inOne = response.promptHash === task.promptHash;
  return {
    id,
    instruction: task.instruction,
    input: task.input,
    output: response.output,
    novelty: task.novelty,
    prompts: inOne ? [{ ...first, asked: "instruction and answer" }] : [first, answerPrompt(set, task, response)],
  };
}
