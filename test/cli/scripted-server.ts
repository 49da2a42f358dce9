// An OpenAI-compatible server on loopback without a model: its text follows from prompt and seed alone, so that a run can be broken off
// anywhere and compared with one that was not.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";
import { writeTasks } from "../generate/scripted-endpoint.js";

export interface AskedCompletion {
  prompt: string;
  seed: number;
  stop: string[];
  /** "responses" where the prompt asks for an output. */
  stage: "instructions" | "responses";
  /** From 1, of this stage, since the server or its count started. */
  number: number;
}

export interface ScriptedServer {
  baseURL: string;
  /** Requests of any kind so far. */
  requests(): number;
  /** Requests while something is done. */
  requestsFor(work: () => Promise<unknown>): Promise<number>;
  /** Called when a completion is asked for, before it is answered; numbers start again. */
  watch(listener: (asked: AskedCompletion) => void): void;
  /** How long an answer takes from now on. */
  answerAfter(milliseconds: number): void;
  /** Requests whose sender went away before the answer. */
  abandoned(): number;
  close(): void;
}

type Answer = (asked: AskedCompletion) => string;

const answers = ["liver", "kidney and heart", "The lung was healthy.", "none", "A fever on the third day.", ""];

/** Tasks of every fate, answers some of which are empty. */
export const writeText: Answer = ({ prompt, seed, stop, stage }) => {
  const random = deriveRandom(prompt, seed);
  if (stage === "responses") return ` ${answers[random.integer(answers.length)]}`;
  return writeTasks({ prompt, seed, stop, maxTokens: 100, temperature: 1 }, random).text ?? "";
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
};

export async function startScriptedServer(write: Answer = writeText, millisecondsAnAnswer = 15): Promise<ScriptedServer> {
  let requests = 0;
  let abandoned = 0;
  let pause = millisecondsAnAnswer;
  let counts = { instructions: 0, responses: 0 };
  let listener: (asked: AskedCompletion) => void = () => {};
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests++;
    const body = JSON.parse(await readBody(request)) as Pick<AskedCompletion, "prompt" | "seed" | "stop">;
    const stage = body.prompt.endsWith("Output:") ? "responses" : "instructions";
    const asked: AskedCompletion = { ...body, stage, number: ++counts[stage] };
    response.on("close", () => {
      if (!response.writableEnded) abandoned++;
    });
    listener(asked);
    await new Promise((resolve) => setTimeout(resolve, pause));
    const reply = {
      choices: [{ text: write(asked), finish_reason: "stop" }],
      usage: { prompt_tokens: body.prompt.length, completion_tokens: 5 },
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: () => requests,
    async requestsFor(work) {
      const before = requests;
      await work();
      return requests - before;
    },
    watch(next) {
      counts = { instructions: 0, responses: 0 };
      listener = next;
    },
    answerAfter(milliseconds) {
      pause = milliseconds;
    },
    abandoned: () => abandoned,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
