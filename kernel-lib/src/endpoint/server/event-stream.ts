// Server-sent events as OpenAI streams them: `data: {…}` lines, then `data: [DONE]`.
import type { ServerResponse } from "node:http";

export interface EventStream {
  send(value: unknown): void;
  end(): void;
}

export function openEventStream(response: ServerResponse): EventStream {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  return {
    send: (value) => void response.write(`data: ${JSON.stringify(value)}\n\n`),
    end: () => void response.end("data: [DONE]\n\n"),
  };
}
