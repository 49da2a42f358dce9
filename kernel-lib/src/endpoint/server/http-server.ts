// The HTTP side of the embedded server: addresses, the bearer token, OpenAI's error bodies, and the connections of its users.
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { errorLine, sha256 } from "../../runtime/index.js";
import { ApiError } from "./api-error.js";
import { type EventStream, openEventStream } from "./event-stream.js";
import { routes } from "./routes.js";
import type { ServedModel } from "./served-model.js";

/** Bytes of one request; 128 prompts of a full context fit many times. */
const bodyLimit = 32 * 2 ** 20;

async function readBody(request: IncomingMessage): Promise<unknown> {
  if (request.method !== "POST") return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > bodyLimit) throw new ApiError(413, `The body is larger than ${bodyLimit} bytes`);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new ApiError(400, `The body is not JSON: ${(error as Error).message}`);
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(value));
}

/** Compares digests, so that the time taken tells nothing of the token. */
function hasToken(request: IncomingMessage, token: string): boolean {
  const [given, expected] = [request.headers.authorization ?? "", `Bearer ${token}`].map((text) => Buffer.from(sha256(text)));
  return timingSafeEqual(given!, expected!);
}

export interface HttpServerOptions {
  /** Requests wait for it. */
  ready: Promise<ServedModel>;
  token: string;
  /** Called with the number of attached users each time it changes. */
  onUsers?: (count: number) => void;
}

/** The server, not yet listening. `GET /attach` is a reply that never ends: whoever holds it open is a user. */
export function createHttpServer({ ready, token, onUsers }: HttpServerOptions): Server {
  let users = 0;

  async function attach(response: ServerResponse): Promise<void> {
    onUsers?.(++users);
    response.on("close", () => onUsers?.(--users));
    const { description, sequences, name } = await ready;
    response
      .writeHead(200, { "content-type": "application/x-ndjson" })
      .write(`${JSON.stringify({ model: name, description, sequences })}\n`);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const abort = new AbortController();
    response.on("close", () => abort.abort());
    let stream: EventStream | undefined;
    try {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      if (request.method === "GET" && path === "/health") return sendJson(response, 200, { status: "ok" });
      if (!hasToken(request, token))
        throw new ApiError(401, "Incorrect API key provided", { type: "authentication_error", code: "invalid_api_key" });
      if (request.method === "GET" && path === "/attach") return await attach(response);
      const route = routes[`${request.method} ${path}`];
      if (!route) throw new ApiError(404, `There is no ${request.method} ${path}; there are: ${Object.keys(routes).join(", ")}`);
      const openStream = (): EventStream => {
        stream = openEventStream(response);
        return stream;
      };
      const reply = await route({ body: await readBody(request), served: await ready, signal: abort.signal, openStream });
      if (reply !== "streamed") sendJson(response, 200, reply.json);
    } catch (error) {
      if (abort.signal.aborted) return;
      const known = error instanceof ApiError ? error : new ApiError(500, errorLine(error), { type: "server_error" });
      if (!stream) return sendJson(response, known.status, known.toBody());
      stream.send(known.toBody());
      stream.end();
    }
  }

  const server = createServer((request, response) => void handle(request, response));
  server.keepAliveTimeout = 60_000;
  return server;
}
