// How many threads an engine works with: measured when it starts, and again when it has become slow.
import { clock } from "../../runtime/index.js";
import type { LoadedModel } from "./loaded-model.js";
import { evaluateTokens } from "./prompt-batches.js";
import { createSpeedWatch } from "./speed-watch.js";
import { chooseThreads, type ThreadChoice, threadCandidates } from "./thread-tuning.js";

/** Seconds between two measurements of the thread count, when it is slow and when it crawls. */
const tuningPause = { slow: 60, stuck: 5 };

export interface EngineThreads {
  readonly choice: ThreadChoice;
  /** Books a batch of `tokens` that took so many milliseconds. */
  book(tokens: number, milliseconds: number): void;
  /** Measures again where the engine has become slow, and not too often; no batch may be under way. */
  review(): Promise<void>;
}

/** `sequence` is one that no request works in. With `threads` only that count is measured. */
export async function startEngineThreads(options: {
  model: LoadedModel;
  sequence: number;
  threads: number | undefined;
}): Promise<EngineThreads> {
  const { model, sequence, threads } = options;
  const { context } = model.native;
  const speed = createSpeedWatch();
  let lastTuning = Number.NEGATIVE_INFINITY;

  async function measure(): Promise<ThreadChoice> {
    const probe = model.probeTokens;
    let position = 0;
    const measured = await chooseThreads({
      candidates: threads === undefined ? threadCandidates(model.cores) : [threads],
      evaluate: async (phase, count) => {
        context.setThreads(count);
        const tokens = phase === "prompt" ? probe : probe.slice(0, 1);
        if (position + tokens.length > model.contextTokens) {
          context.removeTokenCellsFromSequence(sequence, -1, -1);
          position = 0;
        }
        await evaluateTokens(context, { sequence, position, tokens, logits: [tokens.length - 1] });
        position += tokens.length;
        return tokens.length;
      },
    });
    context.removeTokenCellsFromSequence(sequence, -1, -1);
    lastTuning = clock.elapsed();
    speed.reset();
    return measured;
  }

  await evaluateTokens(context, { sequence, position: 0, tokens: model.probeTokens.slice(0, 8), logits: [7] });
  context.removeTokenCellsFromSequence(sequence, -1, -1);
  let choice = await measure();
  return {
    get choice() {
      return choice;
    },
    book: speed.book,
    async review() {
      if (speed.state !== "fine" && clock.elapsed() - lastTuning > tuningPause[speed.state] * 1000) choice = await measure();
    },
  };
}
