// The committed stand-in for the originals: complete, well-formed, as its card says, and nobody else's words.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { benchmarkTasks, getTask, splits } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { projectRoot } from "../../../kernel-lib/src/runtime/index.js";
import { originals } from "./originals.js";

const folder = join(projectRoot(), "data", "benchmarks");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const card = read("README.md");

const words = (text: string) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
function* eightGrams(text: string): Generator<string> {
  const all = words(text);
  for (let i = 0; i + 8 <= all.length; i++) yield all.slice(i, i + 8).join(" ");
}

/** Uncompressed text files below a folder; tags are cut from IOB2 lines. */
function* textsBelow(path: string): Generator<string> {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) yield* textsBelow(join(path, name));
  else if (/\.(tsv|txt|json|jsonl|csv|md)$/.test(path)) {
    const text = readFileSync(path, "utf8");
    yield path.endsWith(".tsv") ? text.replace(/\t.*$/gm, "") : text;
  }
}

describe("the mini set", () => {
  it.each(benchmarkTasks.map((task) => task.id))("%s: 40 items to score and 10 to show", (taskId) => {
    const task = getTask(taskId);
    const count = (split: (typeof splits)[number]) =>
      task.load(read, split).filter(({ entities }) => !task.requiresEntity || entities!.length > 0).length;
    expect(splits.map(count)).toEqual([40, 10]);
  });

  it.each(benchmarkTasks.filter(({ requiresEntity }) => requiresEntity).map((task) => task.id))(
    "%s: the card states its sentences and entities",
    (taskId) => {
      for (const split of splits) {
        const items = getTask(taskId).load(read, split);
        const entities = items.flatMap((item) => item.entities!).length;
        const file = `\`${taskId}/${split === "test" ? "test" : "devel"}.tsv\``;
        const line = card.split("\n").find((row) => row.includes(file))!;
        expect(line.match(/\d+(?= sentences| entities)/g)).toEqual([String(items.length), String(entities)]);
      }
    },
  );

  it("annotates all sixteen types of bionlp13cg", () => {
    const task = getTask("bionlp13cg");
    const types = task.load(read, "test").flatMap(({ entities }) => entities!.map(({ type }) => type));
    expect([...new Set(types)].sort()).toEqual([...task.labels!].sort());
  });

  it("has no sentence or question twice, and none of a demonstration in the test", () => {
    for (const task of benchmarkTasks) {
      const inputs = splits.flatMap((split) => task.load(read, split).map(({ input }) => input));
      expect(new Set(inputs).size).toBe(inputs.length);
    }
  });

  it.skipIf(originals === undefined)("shares no eight words in a row with the originals and other reference texts", () => {
    const ours = new Set(
      benchmarkTasks.flatMap((task) =>
        splits.flatMap((split) =>
          task.load(read, split).flatMap(({ input, gold }) => [...eightGrams(input), ...eightGrams(gold)]),
        ),
      ),
    );
    expect(ours.size).toBeGreaterThan(3000);
    for (const text of textsBelow(join(originals!, "..")))
      for (const gram of eightGrams(text)) if (ours.has(gram)) expect.fail(`"${gram}" is somebody else's`);
  });
});
