// A server on loopback with `/files` and `/batches` in the shapes that OpenAI documents; what becomes of a batch is the test's to say.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface InputLine {
  custom_id: string;
  method: string;
  url: string;
  body: { model: string; messages?: { content: string }[]; max_tokens?: number };
}

export interface ScriptedBatch {
  id: string;
  input: InputLine[];
  endpoint: string;
  metadata: Record<string, string>;
  polls: number;
}

/** How a batch goes: its status at each look, and its lines by the file that they are in. */
export interface BatchScript {
  status(batch: ScriptedBatch): string;
  line(input: InputLine, batch: ScriptedBatch): { response?: object; error?: object; file?: "output" | "error" } | undefined;
  errors?: object;
}

export const success = (input: InputLine): { response: object } => ({
  response: {
    status_code: 200,
    request_id: "req_1",
    body: {
      choices: [
        { index: 0, message: { role: "assistant", content: `re: ${input.body.messages?.[0]?.content}` }, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    },
  },
});

const readBody = async (request: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
};

export async function startBatchServer(script: BatchScript) {
  const files = new Map<string, InputLine[]>();
  const batches: ScriptedBatch[] = [];
  const calls: string[] = [];
  /** Lets the test break a call: answers it itself and returns true. */
  let interrupt: (call: string, response: ServerResponse) => boolean = () => false;

  const show = (batch: ScriptedBatch) => ({
    id: batch.id,
    object: "batch",
    endpoint: batch.endpoint,
    status: script.status(batch),
    metadata: batch.metadata,
    input_file_id: "file-in",
    completion_window: "24h",
    created_at: 1_700_000_000,
    output_file_id: `${batch.id}-output`,
    error_file_id: `${batch.id}-error`,
    request_counts: { total: batch.input.length, completed: 0, failed: 0 },
    ...(script.errors && { errors: script.errors }),
  });
  const content = (id: string): string => {
    const [, batchId, file] = /^(.*)-(output|error)$/.exec(id)!;
    const batch = batches.find((one) => one.id === batchId)!;
    return batch.input
      .map((input) => ({ input, said: script.line(input, batch) }))
      .filter(({ said }) => said && (said.file ?? "output") === file)
      .map(({ input, said }) =>
        JSON.stringify({
          id: "batch_req_1",
          custom_id: input.custom_id,
          response: said?.response ?? null,
          error: said?.error ?? null,
        }),
      )
      .reverse()
      .map((line) => `${line}\n`)
      .join("");
  };
  const answer = (call: string, body: string): object | string | undefined => {
    const [method, path = ""] = call.split(" ");
    if (call === "POST /v1/files") {
      const id = `file-${files.size}`;
      files.set(
        id,
        body
          .split(/\r?\n/)
          .filter((line) => line.startsWith('{"custom_id"'))
          .map((line) => JSON.parse(line) as InputLine),
      );
      return { id, object: "file", purpose: "batch" };
    }
    if (call === "POST /v1/batches") {
      const { input_file_id, endpoint, metadata } = JSON.parse(body) as {
        input_file_id: string;
        endpoint: string;
        metadata: Record<string, string>;
      };
      const batch = { id: `batch_${batches.length}`, input: files.get(input_file_id)!, endpoint, metadata, polls: 0 };
      batches.push(batch);
      return show(batch);
    }
    if (method === "GET" && path.startsWith("/v1/batches?")) return { object: "list", data: batches.map(show), has_more: false };
    const polled = batches.find(({ id }) => path === `/v1/batches/${id}`);
    if (polled) {
      polled.polls++;
      return show(polled);
    }
    const file = /^\/v1\/files\/(.+)\/content$/.exec(path);
    return file ? content(file[1]!) : undefined;
  };
  const server = createServer(async (request, response) => {
    const call = `${request.method} ${request.url}`;
    const body = await readBody(request);
    calls.push(call);
    const reply = answer(call, body);
    if (interrupt(call, response)) return;
    response
      .writeHead(reply === undefined ? 404 : 200, {
        "content-type": typeof reply === "string" ? "application/octet-stream" : "application/json",
      })
      .end(typeof reply === "string" ? reply : JSON.stringify(reply ?? { error: { message: "scripted: not found" } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    batches,
    calls,
    interrupt(handler: typeof interrupt): void {
      interrupt = handler;
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
