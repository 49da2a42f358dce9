import { expect, test } from "vitest";
import { chooseThreads, threadCandidates } from "../../kernel-lib/src/endpoint/server/thread-tuning.js";

test("every count up to four cores is tried, then powers of two, half and all", () => {
  expect(threadCandidates(2)).toEqual([1, 2]);
  expect(threadCandidates(12)).toEqual([1, 2, 4, 6, 8, 12]);
});

test("prompts and decoding get the count that was fastest for each", async () => {
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const choice = await chooseThreads({
    candidates: [1, 2],
    evaluate: async (phase, threads) => {
      await wait((phase === "prompt") === (threads === 2) ? 2 : 20);
      return 10;
    },
  });
  expect(choice).toMatchObject({ prompt: 2, decode: 1 });
  expect(choice.promptSpeed).toBeGreaterThan(0);
});
