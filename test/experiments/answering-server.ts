// An OpenAI-compatible server on loopback that answers any benchmark question, loads any adapter, and remembers what it was asked.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface AnsweringServer {
  baseURL: string;
  /** Model and prompt of every question, in order. */
  asked: { model: string; prompt: string }[];
  close(): void;
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
};

/** `answer` says what it writes; default the same for every question. */
export async function startAnsweringServer(answer: (prompt: string) => string = () => " none"): Promise<AnsweringServer> {
  const asked: AnsweringServer["asked"] = [];
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    response.setHeader("content-type", "application/json");
    if (request.url?.endsWith("/models")) return void response.end(JSON.stringify({ object: "list", data: [] }));
    if (request.url?.endsWith("/load_lora_adapter")) return void response.end("{}");
    const question = JSON.parse(body) as AnsweringServer["asked"][number];
    asked.push(question);
    const usage = { prompt_tokens: 10, completion_tokens: 1 };
    response.end(JSON.stringify({ choices: [{ text: answer(question.prompt), finish_reason: "stop" }], usage }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
