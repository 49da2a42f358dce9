import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPrompt, renderAnswerFirstPrompt } from "../../kernel-lib/src/generate/index.js";
import { generateInstructions } from "../../kernel-lib/src/generate/instructions.js";
import { presets } from "../../kernel-lib/src/generate/preset.js";
import { generateResponses } from "../../kernel-lib/src/generate/responses.js";
import { loadSeeds } from "../../kernel-lib/src/seeds/index.js";
import { scriptedEndpoint } from "./scripted-endpoint.js";

const seeds = loadSeeds({ domain: "biomedicine" });
const folder = (): string => mkdtempSync(join(tmpdir(), "selfspec-answer-first-"));
const preset = {
  ...presets.nearest,
  instructions: { ...presets.nearest.instructions, prompts: ["answers-first-v1"], samplesPerPrompt: 1 },
  responses: { ...presets.nearest.responses, repairSpans: true },
};

/** Answers two names; the input holds the first one only. */
const endpointOf = () =>
  scriptedEndpoint(({ prompt, seed }) => {
    if (prompt.endsWith("Output:")) return { text: ` ${/gout \d+/.exec(prompt.slice(prompt.lastIndexOf("Input:")))![0]}` };
    if (prompt.endsWith("Answer:")) return { text: ` gout ${seed}, lupus ${seed}` };
    return {
      text: ` In visit ${seed} the patient of ward ${seed! % 97} was treated for gout ${seed} and left on day ${seed! % 31}.`,
    };
  });

const common = (endpoint: ReturnType<typeof endpointOf>) => ({
  seeds,
  domain: "biomedicine" as const,
  endpoint,
  preset,
  runSeed: 1,
});

describe("answer first", () => {
  it("writes answer and input to an instruction of the seeds, and takes the answer's parts that came out without asking again", async () => {
    const endpoint = endpointOf();
    const instructions = await generateInstructions({ ...common(endpoint), directory: folder(), attempts: 8 });
    const wordings = new Set(seeds.map(({ instruction }) => instruction));
    expect(instructions.rows.length).toBeGreaterThan(4);
    for (const { instruction, answer, demoIds } of instructions.rows) {
      expect(wordings.has(instruction)).toBe(true);
      expect(answer).toMatch(/^gout \d+, lupus \d+$/);
      expect(seeds.find(({ id }) => id === demoIds.at(-1))!.instruction).toBe(instruction);
    }
    const asked = endpoint.requests.length;
    const responses = await generateResponses({ ...common(endpoint), directory: folder(), instructions: instructions.rows });
    expect(endpoint.requests.length).toBe(asked);
    expect(responses.rows.length).toBe(instructions.rows.length);
    for (const { output, repairs } of responses.rows)
      expect([output, repairs]).toEqual([expect.stringMatching(/^gout \d+$/), ["dropped-parts"]]);
  });

  it("asks for the answers after all where a later round wants them from another model", async () => {
    const endpoint = endpointOf();
    const { rows } = await generateInstructions({ ...common(endpoint), directory: folder(), attempts: 4 });
    const asked = endpoint.requests.length;
    await generateResponses({ ...common(endpoint), directory: folder(), instructions: rows, askAgain: true });
    expect(endpoint.requests.length).toBe(asked + rows.length);
  });

  it("shows only seeds whose answers are phrases of their inputs", async () => {
    const endpoint = endpointOf();
    const { rows } = await generateInstructions({ ...common(endpoint), directory: folder(), attempts: 12 });
    const shown = new Set(rows.flatMap(({ demoIds }) => demoIds));
    const kinds = new Set(seeds.filter(({ id }) => shown.has(id)).map(({ task }) => task));
    expect([...kinds].filter((kind) => /yes-no|arithmetic|summary|sentiment/.test(kind))).toEqual([]);
  });

  it("keeps its prompt", async () => {
    const [first, second] = seeds.filter(({ task }) => task === "disease-extraction");
    await expect(
      renderAnswerFirstPrompt({
        prompt: readPrompt("answers-first-v1"),
        domain: "biomedicine",
        demonstrations: [first!],
        instruction: second!.instruction,
      }),
    ).toMatchFileSnapshot("prompts/answers-first-v1.txt");
  });
});
