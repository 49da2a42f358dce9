// Which slot a prompt goes to, so that what several prompts begin with is evaluated once; after llama-server's slot similarity.

/** Whose scores were read when a slot's prompt was evaluated: the tokens from position `from` on, one after the other. */
export interface ScoredSpan {
  from: number;
  /** How many likeliest tokens each score tells. */
  top: number;
  values: { readonly length: number };
}

export interface SlotState {
  readonly id: number;
  readonly busy: boolean;
  /** The adapter under which the cached tokens were evaluated; undefined is the base model. */
  readonly adapter: string | undefined;
  /** The prompt tokens in the slot's memory, all evaluated as prompts. */
  readonly cached: readonly number[];
  readonly scores?: ScoredSpan | undefined;
  /** Grows with each use; the smallest was used longest ago. */
  readonly lastUsed: number;
}

/** A prompt that looks for a slot. */
export interface WantedPrompt {
  tokens: readonly number[];
  adapter: string | undefined;
  /** Its tokens from position `from` on are scored, with that many likeliest tokens each. */
  scoring?: { from: number; top: number } | undefined;
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

/** The first position from `scoring.from` on whose score has to be read, when the first `shared` tokens are those of the slot. */
export function firstUnscored(
  { scores }: Pick<SlotState, "scores">,
  { from, top }: { from: number; top: number },
  shared: number,
): number {
  const known = scores !== undefined && scores.top === top && scores.from <= from;
  return known ? Math.max(from, Math.min(scores.from + scores.values.length, shared)) : from;
}

/**
 * How many leading tokens of a prompt need no evaluation in a slot's memory.
 * At least two tokens are always left to evaluate: a batch of one token takes another kernel, and its last bits differ.
 * A token's score is read where the token before it is evaluated, so a scored prompt begins one token before its first unknown score.
 */
export function reusableTokens(
  slot: Pick<SlotState, "adapter" | "cached" | "scores">,
  { tokens, adapter, scoring }: WantedPrompt,
): number {
  if (slot.adapter !== adapter) return 0;
  const shared = Math.max(0, Math.min(tokens.length - 2, commonPrefix(slot.cached, tokens)));
  return scoring === undefined ? shared : Math.min(shared, Math.max(1, firstUnscored(slot, scoring, shared)) - 1);
}

/**
 * Chooses a free slot for a prompt; undefined when none is free.
 * `copyGain` is the number of saved tokens from which copying another slot's memory is cheaper than evaluating them.
 */
export function placePrompt({
  slots,
  copyGain,
  ...prompt
}: WantedPrompt & { slots: readonly SlotState[]; copyGain: number }): Placement | undefined {
  const reusable = new Map(slots.map((slot) => [slot, reusableTokens(slot, prompt)]));
  const of = (slot: SlotState): number => reusable.get(slot)!;
  const free = slots.filter((slot) => !slot.busy).sort((a, b) => a.lastUsed - b.lastUsed);
  const oldest = free[0];
  if (!oldest) return undefined;
  const best = (candidates: readonly SlotState[]): SlotState => candidates.reduce((a, b) => (of(b) > of(a) ? b : a));
  const own = best(free);
  const donor = best(slots);
  if (of(donor) - of(own) >= copyGain) return { slot: oldest.id, donor: donor.id, reused: of(donor) };
  return of(own) > 0 ? { slot: own.id, reused: of(own) } : { slot: oldest.id, reused: 0 };
}
