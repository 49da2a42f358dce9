import fc from "fast-check";
import { expect, test } from "vitest";
import { firstPiece, planBatch } from "../../kernel-lib/src/endpoint/server/prompt-batches.js";

const task = (length: number, evaluated: number) => ({ tokens: Array.from({ length }, (_, token) => token), evaluated });

test("a prompt is cut into whole pieces, none of one token unless the prompt is one token", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 3, max: 512 }), (count, size) => {
      const pieces: number[] = [];
      for (let left = count; left > 0; left -= pieces.at(-1)!) pieces.push(firstPiece(left, size));
      expect(pieces.reduce((sum, piece) => sum + piece, 0)).toBe(count);
      expect(pieces.every((piece) => piece <= size && (piece >= 2 || count === 1))).toBe(true);
    }),
  );
});

test("a long prompt goes alone, short rests of several share a batch of equal pieces", () => {
  const [long, four, three, one] = [task(700, 100), task(204, 200), task(103, 100), task(30, 20)];
  expect(planBatch([four, long, three])).toEqual([{ task: long, from: 100, size: 256 }]);
  expect(planBatch([four, three, one])).toEqual([{ task: one, from: 20, size: 10 }]);
  expect(planBatch([four, three])).toEqual([
    { task: four, from: 200, size: 4 },
    { task: three, from: 99, size: 4 },
  ]);
});

test("every prompt becomes whole, in batches of at most 256 tokens of which each holds two or more of a sequence", () => {
  const lengths = fc.record({ length: fc.integer({ min: 2, max: 800 }), share: fc.double({ min: 0, max: 1, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(lengths, { minLength: 1, maxLength: 12 }), (given) => {
      const tasks = given.map(({ length, share }) => task(length, Math.floor(share * (length - 2))));
      for (let waiting = [...tasks]; waiting.length > 0; ) {
        const pieces = planBatch(waiting);
        expect(pieces.length).toBeGreaterThan(0);
        expect(pieces.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(256);
        expect(new Set(pieces.map(({ size }) => size)).size).toBe(1);
        for (const { task: piece, from, size } of pieces) {
          expect(size).toBeGreaterThanOrEqual(2);
          expect(from).toBeGreaterThanOrEqual(0);
          expect(from).toBeLessThanOrEqual(piece.evaluated);
          expect(from + size).toBeGreaterThan(piece.evaluated);
          piece.evaluated = from + size;
        }
        waiting = waiting.filter(({ tokens, evaluated }) => evaluated < tokens.length);
      }
    }),
  );
});
