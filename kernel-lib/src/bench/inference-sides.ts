// The two sides of `bench inference`: our server through its HTTP door, and llama.cpp's own batches in a Python process. Both get the
// same texts and are asked for the same number of tokens.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";
import { openEndpoint } from "../endpoint/index.js";
import { clock, type OnProgress, RunError, StoppedError } from "../runtime/index.js";
import { benchFile } from "./python-environment.js";

export interface InferenceSettings {
  model: string;
  threads: number;
  sequences: number;
  contextTokens: number;
}

export interface InferenceJob {
  prompts: readonly string[];
  /** How many tokens to generate of each. */
  tokens: readonly number[];
}

export interface InferenceTime {
  promptTokens: readonly number[];
  /** Generated, of each prompt: less than asked where the text ended. */
  completionTokens: readonly number[];
  /** From sending the prompts to the last token of the last one. */
  seconds: number;
}

export interface InferenceSide {
  readonly note: string;
  run(job: InferenceJob): Promise<InferenceTime>;
  close(): Promise<void>;
}

/** All prompts are sent at once, greedily answered, and read as any client reads them. */
export async function openOurSide(
  { model, threads, sequences, contextTokens }: InferenceSettings,
  { onProgress, signal }: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined },
): Promise<InferenceSide> {
  const embedded = { modelPath: model, threads, sequences, contextTokens };
  const endpoint = await openEndpoint({ model: "bench", embedded, ...(onProgress && { onProgress }) });
  return {
    note: endpoint.description,
    async run({ prompts, tokens }) {
      const began = clock.elapsed();
      const answers = await Promise.all(
        prompts.map((prompt, row) =>
          endpoint.complete({ prompt, maxTokens: tokens[row]!, temperature: 0, ...(signal && { signal }) }),
        ),
      );
      return {
        seconds: (clock.elapsed() - began) / 1000,
        promptTokens: answers.map(({ usage }) => usage.promptTokens),
        completionTokens: answers.map(({ usage }) => usage.completionTokens),
      };
    },
    close: () => endpoint.close(),
  };
}

/** Prompt tokens of one evaluation on both sides. */
const batchTokens = 256;
const readySchema = z.strictObject({ note: z.string() });
const timeSchema = z.strictObject({ promptTokens: z.array(z.number().int()), seconds: z.number() });

/** @throws RunError in Python's own words when the process ends; StoppedError on abort. */
export async function openTheirSide(
  settings: InferenceSettings & { flashAttention: "auto" | "off" },
  { python, signal }: { python: string; signal?: AbortSignal | undefined },
): Promise<InferenceSide> {
  const child = spawn(python, ["-u", benchFile("llama-cpp-batches.py")], { signal });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const ended = new Promise<void>((resolve) => {
    child.on("error", () => resolve());
    child.on("close", () => resolve());
  });
  child.stdin.on("error", () => {}); // a process that ended is told of by its missing answer
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: unknown): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await lines.next();
    if (!answer.done) return JSON.parse(answer.value);
    await ended;
    if (signal?.aborted) throw new StoppedError("the benchmark");
    throw new RunError({ got: `llama.cpp's side ended: ${said.trim().split("\n").at(-1)}`, todo: "run it by hand to see why" });
  };
  const { note } = readySchema.parse(await ask({ ...settings, batchTokens }));
  return {
    note,
    async run(job) {
      return { ...timeSchema.parse(await ask(job)), completionTokens: job.tokens };
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
