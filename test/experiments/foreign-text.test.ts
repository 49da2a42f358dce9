// What of an answer is somebody else's text: all sentences here are made up.
import { describe, expect, it } from "vitest";
import type { OpenedTask, TaskItem } from "../../kernel-lib/src/evaluate/index.js";
import { repeatsInput, textWithholder } from "../../kernel-lib/src/experiments/foreign-text.js";
import { colours, predict } from "../evaluate/fixtures.js";

const words = "the lighthouse keeper counted forty gulls before the fog came in";
const items: TaskItem[] = [
  { id: "gulls", input: `Long ago, ${words}.`, gold: "red" },
  { id: "tram", input: "A late tram.", gold: "blue" },
];
const shot: TaskItem = {
  id: "shot",
  input: "Nobody had told the baker that flour was cheaper on the other bank.",
  gold: "green",
};
const opened: OpenedTask = { task: colours, items: { test: items, demonstrations: [shot] }, origin: "mini", files: [] };
const publish = textWithholder(opened, { retrieve: async () => ({ passages: [] }) });
const answer = (item: TaskItem, raw: string) => ({ ...predict("base", [item], [null])[0]!, raw });

describe("what is published of an answer", () => {
  it("is nothing but its length where it repeats eight words in a row of any item or demonstration, in any case", async () => {
    const eight = words.split(" ").slice(0, 8).join(" ");
    expect(await publish(answer(items[1]!, `Well: ${eight.toUpperCase()}!`))).toMatchObject({ raw: "", withheldWords: 9 });
    expect(await publish(answer(items[0]!, shot.input))).toMatchObject({ raw: "", withheldWords: 13 });
  });

  it("is all of it where seven words are the same", async () => {
    const row = answer(items[1]!, words.split(" ").slice(0, 7).join(" "));
    expect(await publish(row)).toEqual(row);
  });

  it("is nothing where it holds the whole of its own short input, and all where another's", async () => {
    expect(await publish(answer(items[1]!, "It was a late tram"))).toMatchObject({ raw: "", withheldWords: 5 });
    const other = answer(items[0]!, "It was a late tram");
    expect(await publish(other)).toEqual(other);
  });
});

it("an input without words is repeated by no answer", () => {
  expect(repeatsInput("anything", { input: "…" })).toBe(false);
});
