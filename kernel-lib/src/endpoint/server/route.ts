// What a route gets and gives.
import { randomUUID } from "node:crypto";
import { clock } from "../../runtime/index.js";
import type { EventStream } from "./event-stream.js";
import type { ServedModel } from "./served-model.js";

export interface RouteContext {
  body: unknown;
  served: ServedModel;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
  /** Begins a streamed reply; after it, errors travel in the stream. */
  openStream: () => EventStream;
}

export type RouteReply = { json: unknown } | "streamed";
export type Route = (context: RouteContext) => Promise<RouteReply>;

/** The fields that every completion reply opens with. */
export function replyHead(prefix: string, object: string, model: string) {
  return { id: `${prefix}-${randomUUID()}`, object, created: Math.floor(Date.parse(clock.isoDate()) / 1000), model };
}
