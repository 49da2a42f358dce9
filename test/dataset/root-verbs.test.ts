import { describe, expect, it } from "vitest";
import { countRoots, rootOf } from "../../kernel-lib/src/dataset/index.js";
import { loadSeeds } from "../../kernel-lib/src/seeds/index.js";

const command = (verb: string, object: string | null) => ({ kind: "command", verb, object });

describe("the root of an instruction", () => {
  it.each<[string, string, unknown]>([
    [
      "is its first verb with the head of its object, singular",
      "List the main side effects of the drug.",
      command("list", "effect"),
    ],
    ["is found behind what introduces it", "Using the abstract, choose a label.", command("choose", "label")],
    ["is found behind a heading", "Organ tagging: write the organs.", command("write", "organ")],
    ["is a verb though the word is also a noun", "Tag genes and proteins.", command("tag", "gene")],
    ["leaves the particle out", "Write down the symptoms.", command("write", "symptom")],
    ["has no object where a clause follows", "Decide whether the drug helps.", command("decide", null)],
    ["passes over whom it is for", "Give me a definition of the term.", command("give", "definition")],
    ["passes over whose it is", "State the company's likely profit.", command("state", "profit")],
    ["reads a compound as one word", "Use put-call parity to find the premium.", command("use", "parity")],
    ["of a question is its own kind", "Which organ is affected? Name it.", { kind: "question", verb: null, object: null }],
    ["of a question without its mark too", "How does the drug work", { kind: "question", verb: null, object: null }],
    ["of a statement is neither", "The patient was well.", { kind: "other", verb: null, object: null }],
    ["of nothing is neither", "", { kind: "other", verb: null, object: null }],
  ])("%s", (_, instruction, root) => {
    expect(rootOf(instruction)).toEqual(root);
  });

  it("is found in at least 95 of 100 of the project's own commands, with the verb that opens them", () => {
    // All of these open with their verb; read by hand, all 170 seeds get the right kind, their 110 commands the right verb, 106 the right object.
    const openers =
      /^(?:list|extract|identify|write|find|name|label|give|classify|compute|define|assign|summarise|convert|judge) /i;
    const commands = loadSeeds().filter(({ instruction }) => openers.test(instruction));
    const right = commands.filter(({ instruction }) => rootOf(instruction).verb === instruction.split(" ")[0]!.toLowerCase());
    expect(commands.length).toBeGreaterThan(40);
    expect(right.length / commands.length).toBeGreaterThanOrEqual(0.95);
  });
});

describe("counted roots", () => {
  it("stand commonest first and add up to all instructions", () => {
    const counts = countRoots(["Name the organ.", "Name every organ in it.", "Is it an organ?", "Organs."]);
    expect(counts[0]).toEqual({ kind: "command", verb: "name", object: "organ", rows: 2, share: 0.5 });
    expect(counts.reduce((sum, { share }) => sum + share, 0)).toBe(1);
  });

  it("of no instructions are none", () => {
    expect(countRoots([])).toEqual([]);
  });
});
