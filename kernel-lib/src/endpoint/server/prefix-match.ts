// Which slot a prompt goes to, so that what several prompts begin with is evaluated once; after llama-server's slot similarity.

export interface SlotState {
  readonly id: number;
  readonly busy: boolean;
  /** The adapter under which the cached tokens were evaluated; undefined is the base model. */
  readonly adapter: string | undefined;
  /** The prompt tokens in the slot's memory, all evaluated as prompts. */
  readonly cached: readonly number[];
  /** Grows with each use; the smallest was used longest ago. */
  readonly lastUsed: number;
}

export interface Placement {
  slot: number;
  /** The slot to copy the memory from first; absent when the slot's own is as good. */
  donor?: number;
  /** How many leading prompt tokens need no evaluation. */
  reused: number;
}

export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}

/**
 * Chooses a free slot for a prompt; undefined when none is free.
 * At least two tokens are always left to evaluate: a batch of one token takes another kernel, and its last bits differ.
 * `copyGain` is the number of saved tokens from which copying another slot's memory is cheaper than evaluating them.
 */
export function placePrompt(options: {
  tokens: readonly number[];
  adapter: string | undefined;
  slots: readonly SlotState[];
  copyGain: number;
}): Placement | undefined {
  const { tokens, adapter, slots, copyGain } = options;
  const limit = Math.max(0, tokens.length - 2);
  const reusable = (slot: SlotState): number =>
    slot.adapter === adapter ? Math.min(limit, commonPrefix(slot.cached, tokens)) : 0;
  const free = slots.filter((slot) => !slot.busy).sort((a, b) => a.lastUsed - b.lastUsed);
  const oldest = free[0];
  if (!oldest) return undefined;
  const best = (candidates: readonly SlotState[]): SlotState => candidates.reduce((a, b) => (reusable(b) > reusable(a) ? b : a));
  const own = best(free);
  const donor = best(slots);
  if (reusable(donor) - reusable(own) >= copyGain) return { slot: oldest.id, donor: donor.id, reused: reusable(donor) };
  return reusable(own) > 0 ? { slot: own.id, reused: reusable(own) } : { slot: oldest.id, reused: 0 };
}

/** Cuts `count` tokens into pieces of at most `size`, none of a single token unless the whole is one. */
export function cutPrompt(count: number, size: number): number[] {
  const pieces: number[] = [];
  for (let left = count; left > 0; ) {
    const piece = left - size === 1 ? size - 1 : Math.min(size, left);
    pieces.push(piece);
    left -= piece;
  }
  return pieces;
}
