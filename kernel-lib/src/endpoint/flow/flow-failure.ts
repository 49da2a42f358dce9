// What the schedule makes of a failure: the client's error, and whether one request or the whole server is given up.

export class FlowFailure extends Error {
  /** `request`: this one is given up, others go on. `server`: everything that waits is given up with it. */
  readonly scope: "request" | "server";
  /** Tries that failed: of the request, or in a row by all requests. */
  readonly tries: number;
  /** Seconds over which they failed. */
  readonly seconds: number;
  /** How long the server asks to wait, where that is why it is given up. */
  readonly asksToWaitSeconds: number | undefined;
  constructor(
    cause: unknown,
    details: { scope: "request" | "server"; tries: number; seconds: number; asksToWaitSeconds?: number },
  ) {
    super("a request failed", { cause });
    this.name = "FlowFailure";
    this.scope = details.scope;
    this.tries = details.tries;
    this.seconds = details.seconds;
    this.asksToWaitSeconds = details.asksToWaitSeconds;
  }
}
