import { expect, test } from "vitest";
import { placePrompt, type SlotState } from "../../kernel-lib/src/endpoint/server/prefix-match.js";

const slot = (id: number, cached: number[], fields: Partial<SlotState> = {}): SlotState => ({
  id,
  busy: false,
  adapter: undefined,
  cached,
  lastUsed: id,
  ...fields,
});
const scored = (from: number, to: number, top = 1) => ({ from, top, values: { length: to - from } });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
const place = (tokens: number[], slots: SlotState[], adapter?: string) => placePrompt({ tokens, adapter, slots, copyGain: 32 });
const reusedWhen = (cached: SlotState, tokens: number[], from: number) =>
  placePrompt({ tokens, adapter: undefined, slots: [cached], copyGain: 32, scoring: { from, top: 1 } })!.reused;

test("a prompt goes to the free slot that already holds its beginning", () => {
  const slots = [slot(0, range(50, 80)), slot(1, range(0, 20))];
  expect(place(range(0, 30), slots)).toEqual({ slot: 1, reused: 20 });
});

test("without a match the slot used longest ago is taken", () => {
  expect(place([7, 8, 9], [slot(0, [], { lastUsed: 5 }), slot(1, [], { lastUsed: 2 })])).toEqual({ slot: 1, reused: 0 });
});

test("a busy slot's prompt is copied where that saves more tokens than a copy costs", () => {
  const busy = slot(0, range(0, 100), { busy: true });
  expect(place(range(0, 90), [busy, slot(1, [])])).toEqual({ slot: 1, donor: 0, reused: 88 });
  expect(place(range(0, 20), [busy, slot(1, [])])).toEqual({ slot: 1, reused: 0 });
});

test("what was evaluated under another adapter is never reused", () => {
  expect(place(range(0, 90), [slot(0, range(0, 90), { adapter: "tuned" })])).toEqual({ slot: 0, reused: 0 });
  expect(place(range(0, 90), [slot(0, range(0, 90), { adapter: "tuned" })], "tuned")).toEqual({ slot: 0, reused: 88 });
});

test("no free slot, no place", () => {
  expect(place([1, 2], [slot(0, [], { busy: true })])).toBeUndefined();
});

test("a scored prompt begins one token before the first token to score, be the rest in memory or not", () => {
  expect(reusedWhen(slot(0, range(0, 100)), range(0, 100), 60)).toBe(59);
  expect(reusedWhen(slot(0, range(0, 40)), range(0, 100), 60)).toBe(40);
  expect(reusedWhen(slot(0, range(0, 100)), range(0, 100), 0)).toBe(0);
});

test("scores that were kept with a slot need no second reading", () => {
  const label = [...range(0, 90), 200, 201, 202];
  expect(reusedWhen(slot(0, range(0, 100), { scores: scored(0, 100) }), label, 0)).toBe(89);
  expect(reusedWhen(slot(0, range(0, 100), { scores: scored(0, 70) }), label, 0)).toBe(69);
  expect(reusedWhen(slot(0, range(0, 100), { scores: scored(50, 100) }), label, 10)).toBe(9);
  expect(reusedWhen(slot(0, range(0, 100), { scores: scored(0, 100, 5) }), label, 0)).toBe(0);
});
