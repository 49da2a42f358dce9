import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  buildTriples,
  exportAlpaca,
  exportJsonl,
  seedTriples,
  type Triple,
  tripleSchema,
} from "../../kernel-lib/src/dataset/index.js";
import type { Instruction, Response } from "../../kernel-lib/src/generate/index.js";
import { InputError, readJsonl } from "../../kernel-lib/src/runtime/index.js";
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

describe("exports", () => {
  const triples: Triple[] = buildTriples({
    instructions: [instruction("a"), instruction("b")],
    responses: [response("a"), response("b", { output: 'a "quote",\nand é' })],
  });
  const written = <T>(name: string, use: (path: string) => T): T => {
    const folder = mkdtempSync(join(tmpdir(), "selfspec-export-"));
    try {
      return use(join(folder, name));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it("write Alpaca's JSON: instruction, input and output, nothing else", () => {
    const read = written("data.json", (path) => {
      exportAlpaca({ triples, path });
      return JSON.parse(readFileSync(path, "utf8")) as unknown;
    });
    expect(read).toEqual(triples.map(({ instruction: task, input, output }) => ({ instruction: task, input, output })));
  });

  it("write JSON Lines that read back as the same triples", () => {
    const read = written("data.jsonl", (path) => {
      exportJsonl({ triples, path });
      return readJsonl(path, tripleSchema);
    });
    expect(read).toEqual(triples);
  });
});
