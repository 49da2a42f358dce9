// Two identical requests in flight are one call. It ends early only when everybody who waits for it has gone.
import { StoppedError } from "../../runtime/index.js";

interface SharedCall<T> {
  answer: Promise<T>;
  waiting: number;
  controller: AbortController;
}

export class SharedCalls<T> {
  private readonly inFlight = new Map<string, SharedCall<T>>();

  /**
   * Joins the call of that key, or starts it; `start` gets the signal that ends it.
   * @throws StoppedError as soon as `signal` is aborted, whatever the others do; else what `start` throws.
   */
  async join(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal?.aborted) throw new StoppedError("a completion");
    const call = this.inFlight.get(key) ?? this.begin(key, start);
    call.waiting++;
    let leave = (): void => {};
    const stopped = new Promise<never>((_, reject) => {
      leave = () => reject(new StoppedError("a completion"));
      signal?.addEventListener("abort", leave, { once: true });
    });
    try {
      return await Promise.race([call.answer, stopped]);
    } finally {
      signal?.removeEventListener("abort", leave);
      if (--call.waiting === 0) this.end(key, call);
    }
  }

  private begin(key: string, start: (signal: AbortSignal) => Promise<T>): SharedCall<T> {
    const controller = new AbortController();
    const call: SharedCall<T> = { answer: start(controller.signal), waiting: 0, controller };
    call.answer.catch(() => {}); // whoever waits is told; when nobody does, nobody asks
    this.inFlight.set(key, call);
    return call;
  }

  private end(key: string, call: SharedCall<T>): void {
    if (this.inFlight.get(key) === call) this.inFlight.delete(key);
    call.controller.abort();
  }
}
