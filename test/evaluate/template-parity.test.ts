import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { promptTemplates, renderPrompt, stopsOf } from "../../kernel-lib/src/dataset/index.js";
import { checkTemplateParity, type TemplateParityOptions } from "../../kernel-lib/src/evaluate/index.js";
import { initialAdapter } from "../../kernel-lib/src/lora/adapters/adapter.js";
import { savePeftAdapter } from "../../kernel-lib/src/lora/adapters/adapter-peft.js";
import { loadBackend, openPredictor, type Predictor, trainingRowOf } from "../../kernel-lib/src/lora/index.js";
import { openWeightSource } from "../../kernel-lib/src/lora/transformer/open-weight-source.js";
import { deriveRandom, RunError } from "../../kernel-lib/src/runtime/index.js";
import { letterTokenizer, temporaryDirectory, writeTinyModel } from "../lora/tiny-model.js";
import { colours, makeItems } from "./fixtures.js";

const triples = [
  { id: "row-1", instruction: "Name the colour of the sky.", input: "", output: "blue" },
  { id: "row-2", instruction: "Name the colour.", input: "of grass, in summer", output: "green" },
];
const check = (options: Partial<TemplateParityOptions> = {}) =>
  checkTemplateParity({ triples, parts: [{ task: colours, items: makeItems(3) }], tokenizer: letterTokenizer, ...options });

describe("the template of training and of evaluation", () => {
  it("P4: is proven to be the same by the hashes of every prompt, by the tokens and by the ends", async () => {
    const { promptHash, ...parity } = await check();
    expect(parity).toEqual({ rows: 2, items: 3, mergedBoundaries: 0 });
    expect(promptHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await check()).promptHash).toBe(promptHash);
    expect((await check({ triples: triples.slice(1) })).promptHash).not.toBe(promptHash);
  });

  it("P4: is caught where it changed, with the first byte that differs", async () => {
    const changed = check({
      trained: (triple) => ({
        ...trainingRowOf(triple),
        prompt: trainingRowOf(triple).prompt.replace("### Response", "### Answer"),
      }),
    });
    await expect(changed).rejects.toThrow(RunError);
    await expect(changed).rejects.toThrow(
      'training row row-1: byte 51 of the prompt differs: trained "Answer:\\n", asked "Response:\\n"',
    );
    await expect(check({ template: "plain-1", triples: [] })).rejects.toThrow(
      'colours, item item-0: byte 1 of the prompt differs: trained "### Instruction:\\nName th", asked "Instruction: Name the co"',
    );
    const spaced = check({ trained: (triple) => ({ ...trainingRowOf(triple), prompt: `${trainingRowOf(triple).prompt} ` }) });
    await expect(spaced).rejects.toThrow('trained " ", asked ""');
  });

  it("P4: is caught where the same bytes are other tokens, or the answer goes on behind a stop", async () => {
    const marks = {
      ...letterTokenizer,
      encode: (text: string, options?: { special?: boolean }) =>
        letterTokenizer.encode(options?.special ? text.replaceAll("<end>", "!") : text),
    };
    const withMark = [{ id: "row-3", instruction: "Repeat <end>.", input: "", output: "x" }];
    await expect(check({ triples: withMark, tokenizer: marks })).rejects.toThrow(
      /training row row-3: token \d+ of the prompt differs/,
    );
    const unstopped = check({ trained: (triple) => ({ ...trainingRowOf(triple), completion: "a\n### Instruction:" }) });
    await expect(unstopped).rejects.toThrow('the trained answer goes on after "\\n###"');
  });

  it("counts rows whose prompt and answer would be one token together", async () => {
    const merging = {
      ...letterTokenizer,
      encode: (text: string) => letterTokenizer.encode(text.replaceAll("\nblue", "B")),
    };
    expect((await check({ tokenizer: merging })).mergedBoundaries).toBe(2);
  });
});

it("P4: base + adapter and the merged weights give the same log-probabilities and greedy answers on fixed prompts", async () => {
  const modelPath = writeTinyModel("qwen2");
  const adapter = temporaryDirectory();
  const source = openWeightSource(modelPath);
  const initial = initialAdapter(source.architecture, { rank: 2, alpha: 4, targets: "all-linear" }, 1);
  source.close();
  const random = deriveRandom(3, "adapter");
  const parameters = initial.parameters.map(() => random.normal() * 0.2);
  savePeftAdapter(adapter, { ...initial, parameters }, "tiny");
  const backend = await loadBackend({ name: "cpu" });
  const prompts = ["red", "green", "a blue sky"].map((text) => [0, ...letterTokenizer.encode(text)]);
  const answers = async (options: { adapter?: string; merged?: boolean }) => {
    const predictor: Predictor = await openPredictor({ modelPath, backend, ...options });
    const greedy: number[] = [];
    const logProbs: number[] = [];
    for (const prompt of prompts)
      for (let tokens = prompt; tokens.length < prompt.length + 6; tokens = [...tokens, greedy.at(-1)!]) {
        const [next] = await predictor.logProbs(tokens);
        logProbs.push(...next!);
        greedy.push(next!.indexOf(Math.max(...next!)));
      }
    predictor.close();
    return { greedy, logProbs };
  };
  const [base, beside, merged] = [await answers({}), await answers({ adapter }), await answers({ adapter, merged: true })];
  const farthest = (a: readonly number[], b: readonly number[]): number =>
    Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  expect(merged.greedy).toEqual(beside.greedy);
  expect(farthest(merged.logProbs, beside.logProbs)).toBeLessThan(1e-4);
  expect(beside.greedy).not.toEqual(base.greedy);
  for (const path of [dirname(modelPath), adapter]) rmSync(path, { recursive: true });
});

it("every template ends its prompt with a line break and stops where its next question begins", () => {
  for (const template of promptTemplates) {
    const question = { instruction: "A", input: "B" };
    const prompt = renderPrompt(question, [{ ...question, output: "C" }], template);
    expect(prompt.endsWith("\n")).toBe(true);
    const follows = prompt.slice(prompt.indexOf("C") + 1);
    expect(stopsOf(template).some((stop) => follows.includes(stop))).toBe(true);
  }
});
