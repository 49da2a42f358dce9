import fc from "fast-check";
import { expect, test } from "vitest";
import { cutPrompt, placePrompt, type SlotState } from "../../kernel-lib/src/endpoint/server/prefix-match.js";

const slot = (id: number, cached: number[], fields: Partial<SlotState> = {}): SlotState => ({
  id,
  busy: false,
  adapter: undefined,
  cached,
  lastUsed: id,
  ...fields,
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
const place = (tokens: number[], slots: SlotState[], adapter?: string) => placePrompt({ tokens, adapter, slots, copyGain: 32 });

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

test("a prompt is cut into whole pieces, none of one token unless the prompt is one token", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 3, max: 512 }), (count, size) => {
      const pieces = cutPrompt(count, size);
      expect(pieces.reduce((sum, piece) => sum + piece, 0)).toBe(count);
      expect(pieces.every((piece) => piece <= size && (piece >= 2 || count === 1))).toBe(true);
    }),
  );
});
