import { describe, expect, it } from "vitest";
import { buildTriples, seedTriples, tripleSchema } from "../../kernel-lib/src/dataset/index.js";
import type { Instruction, Response } from "../../kernel-lib/src/generate/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";
import type { Seed } from "../../kernel-lib/src/seeds/index.js";

const usage = { promptTokens: 1, completionTokens: 1 };
const instruction = (id: string): Instruction => ({
  id,
  instruction: `Name ${id}.`,
  input: `Text of ${id}`,
  promptHash: "p",
  demoIds: ["bio-003", "bio-001"],
  sample: 0,
  novelty: { nearestId: null, score: 0 },
  model: "m",
  usage,
});
const response = (instructionId: string, extra: Partial<Response> = {}): Response => ({
  instructionId,
  output: `answer to ${instructionId}`,
  demoIds: ["bio-001", "bio-002"],
  promptHash: "p",
  model: "m",
  usage,
  ...extra,
});

describe("triples", () => {
  it("join answers to their tasks and say where each came from", () => {
    const passages = [{ id: "wordnet:1", rank: 1, score: 2 }];
    const triples = buildTriples({
      instructions: [instruction("a"), instruction("b"), instruction("c")],
      responses: [response("c", { passages }), response("a")],
    });
    expect(triples.map(({ id }) => id)).toEqual(["c", "a"]);
    expect(tripleSchema.parse(triples[0])).toEqual({
      id: "c",
      instruction: "Name c.",
      input: "Text of c",
      output: "answer to c",
      lineage: { seedIds: ["bio-001", "bio-002", "bio-003"], instructionId: "c", passageIds: ["wordnet:1"], round: 1 },
    });
  });

  it("refuse an answer without a task", () => {
    expect(() => buildTriples({ instructions: [instruction("a")], responses: [response("x")] })).toThrow(InputError);
  });

  it("take seeds as rows of round 0", () => {
    const seed: Seed = {
      id: "bio-001",
      domain: "biomedicine",
      task: "t",
      instruction: "i",
      input: "",
      output: "o",
      source: "s",
      licence: "l",
    };
    expect(seedTriples([seed])).toEqual([
      {
        id: "bio-001",
        instruction: "i",
        input: "",
        output: "o",
        lineage: { seedIds: ["bio-001"], instructionId: null, passageIds: [], round: 0 },
      },
    ]);
  });
});
