import { expect, test } from "vitest";
import { createSpeedWatch } from "../../kernel-lib/src/endpoint/server/speed-watch.js";

const bookMany = (watch: ReturnType<typeof createSpeedWatch>, tokens: number, milliseconds: number): void => {
  for (let batch = 0; batch < 30; batch++) watch.book(tokens, milliseconds);
};

test("small batches after large ones are not slow, batches that take three times as long are, ten times and more is stuck", () => {
  const watch = createSpeedWatch();
  bookMany(watch, 256, 500);
  bookMany(watch, 1, 20);
  expect(watch.state).toBe("fine");
  bookMany(watch, 1, 60);
  expect(watch.state).toBe("slow");
  bookMany(watch, 1, 400);
  expect(watch.state).toBe("stuck");
  watch.reset();
  bookMany(watch, 1, 400);
  expect(watch.state).toBe("fine");
});

test("one slow batch is no reason", () => {
  const watch = createSpeedWatch();
  bookMany(watch, 8, 50);
  watch.book(8, 5000);
  expect(watch.state).toBe("fine");
});
