// Whose tokens stand in which sequence of the context: a request gets the one that holds most of its prompt, and leaves its own behind for
// the next that begins alike. What was generated is never left: reused as a prompt's prefix, it would change the last bits.
import type { LoadedModel } from "./loaded-model.js";
import { placePrompt, type WantedPrompt } from "./prefix-match.js";
import { type Job, keptScores, type RunningJob, type Slot, startJob } from "./running-job.js";

/** Copying a sequence's memory takes about as long as evaluating this many prompt tokens. */
export const copyGain = 32;

/** Where a prompt is put, and how many of its first tokens are there. */
export interface Placed {
  slot: number;
  /** A sequence whose memory is copied first. */
  donor?: number;
  reused: number;
}

export interface SequenceMemory {
  readonly hasFree: boolean;
  /** The best free slot for a prompt; undefined where none is free. */
  place(wanted: WantedPrompt): Placed | undefined;
  /** Starts a job in its slot; `fits` is false where its memory could not be shortened to what is reused. */
  take(job: Job, placed: Placed): Promise<{ started: RunningJob; fits: boolean }>;
  /** Tells what of a job's prompt is in its slot, from where others may copy it while the job goes on. */
  keep(job: RunningJob): void;
  /** Frees the slot of a job and keeps what of its prompt was evaluated. */
  release(job: RunningJob): void;
  /** llama.cpp evaluates only sequences that follow one another together: the last one's memory moves into a gap before it. */
  closeGap(batch: readonly RunningJob[]): Promise<void>;
  /** Nothing of an adapter's prompts is reused any more. */
  forget(adapter: string): void;
}

export function createSequenceMemory({ model, sequences }: { model: LoadedModel; sequences: number }): SequenceMemory {
  const { context } = model.native;
  const slots: Slot[] = Array.from({ length: sequences }, (_, id) => ({
    ...{ id, busy: false, adapter: undefined, cached: [], scores: undefined, lastUsed: 0 },
  }));
  let uses = 0;

  function keep(job: RunningJob): void {
    const { slot } = job;
    slot.cached = job.evaluated > 1 ? job.tokens.slice(0, job.evaluated) : [];
    slot.scores = keptScores(job) ?? slot.scores;
  }

  return {
    keep,
    get hasFree() {
      return slots.some((slot) => !slot.busy);
    },
    place: (wanted) => placePrompt({ ...wanted, slots, copyGain }),
    async take(job, placed) {
      const slot = slots.find(({ id }) => id === placed.slot)!;
      slot.busy = true;
      if (placed.donor !== undefined) {
        context.removeTokenCellsFromSequence(slot.id, -1, -1);
        await context.copySequenceStateFromOtherSequence(slot.id, placed.donor);
        slot.scores = slots.find(({ id }) => id === placed.donor)!.scores;
      }
      const started = startJob(job, { slot, reused: placed.reused, model });
      slot.adapter = job.request.adapter;
      slot.cached = job.request.tokens.slice(0, placed.reused);
      slot.scores = slot.scores && {
        ...slot.scores,
        values: slot.scores.values.slice(0, Math.max(0, placed.reused - slot.scores.from)),
      };
      return { started, fits: context.removeTokenCellsFromSequence(slot.id, placed.reused > 0 ? placed.reused : -1, -1) };
    },
    release(job) {
      keep(job);
      const { slot } = job;
      slot.busy = false;
      slot.lastUsed = ++uses;
      context.removeTokenCellsFromSequence(slot.id, slot.cached.length === 0 ? -1 : slot.cached.length, -1);
    },
    async closeGap(batch) {
      const [first, last] = [batch[0]!, batch.at(-1)!];
      const gap = slots.find(({ id, busy }) => !busy && id > first.slot.id && id < last.slot.id);
      if (!gap) return;
      const from = last.slot.id;
      context.removeTokenCellsFromSequence(gap.id, -1, -1);
      await context.copySequenceStateFromOtherSequence(gap.id, from);
      last.slot.id = gap.id;
      gap.id = from;
      gap.adapter = last.slot.adapter;
      gap.cached = last.tokens;
      gap.scores = keptScores(last);
    },
    forget(adapter) {
      for (const slot of slots) if (slot.adapter === adapter) slot.cached = [];
    },
  };
}
