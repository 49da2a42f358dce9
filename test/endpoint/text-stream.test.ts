import fc from "fast-check";
import { expect, test } from "vitest";
import { createTextStream } from "../../kernel-lib/src/endpoint/server/text-stream.js";

/** A tokenizer whose tokens are bytes: the hardest case for whole characters. */
const detokenize = (tokens: readonly number[]): string => Buffer.from(tokens).toString("utf8");

function run(text: string, stop: string[]): { shown: string[]; stopped: boolean } {
  const stream = createTextStream({ before: [], stop, detokenize });
  const shown: string[] = [];
  for (const byte of Buffer.from(text)) {
    const { delta, stopped } = stream.push(byte);
    shown.push(delta);
    if (stopped) return { shown, stopped };
  }
  shown.push(stream.flush());
  return { shown, stopped: false };
}

test("the text ends before the first stop string, and no part of it was ever shown", () => {
  const { shown, stopped } = run("one\n\ntwo", ["\n\n"]);
  expect(shown.join("")).toBe("one");
  expect(stopped).toBe(true);
});

test("what only looked like a stop string is shown after all", () => {
  expect(run("a##b#", ["###"]).shown.join("")).toBe("a##b#");
});

test("a character of several bytes is shown whole", () => {
  expect(run("é…😀", []).shown.filter((delta) => delta !== "")).toEqual(["é", "…", "😀"]);
});

test("without a stop string the pieces always add up to the text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.array(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 3 }),
      (text, stop) => {
        const { shown, stopped } = run(text, stop);
        const ends = stop.map((word) => text.indexOf(word)).filter((index) => index >= 0);
        const all = shown.join("");
        if (!stopped) expect(all).toBe(text);
        else expect(text.startsWith(all) && ends.length > 0).toBe(true);
        for (const word of stop) expect(all.includes(word)).toBe(false);
      },
    ),
  );
});
