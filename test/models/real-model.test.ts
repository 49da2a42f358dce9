import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  defaultModel,
  findModel,
  ggufValue,
  loadTokenizer,
  readGguf,
  type Tokenizer,
  writeGguf,
} from "../../kernel-lib/src/models/index.js";
import { temporaryFolder } from "./tiny-gguf.js";

const model = findModel(defaultModel.id);

describe.skipIf(!model)(`${defaultModel.title} (skipped unless it is in the cache)`, () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(model!.path);
  });
  afterAll(() => tokenizer.dispose());

  it("has the shapes its metadata announces", () => {
    const file = readGguf(model!.path);
    const width = file.number("llama.embedding_length");
    expect(file.tensor("token_embd.weight").shape).toEqual([tokenizer.vocabularySize, width]);
    expect(file.tensor("blk.0.ffn_down.weight").shape).toEqual([width, file.number("llama.feed_forward_length")]);
    const spread = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(spread(file.readTensor("blk.29.attn_q.weight"))).toBeGreaterThan(0.01);
    expect(spread(file.readTensor("blk.29.attn_q.weight"))).toBeLessThan(1);
    file.close();
  });

  it.each([
    "Which genes does the abstract mention?",
    " a leading space",
    "naïve β-catenin, 12.5 %\n\n\tLists: one, two 🧬",
    "### Input:\n### Response:\n",
  ])("gives the text %j back from its tokens", (text) => {
    const ids = tokenizer.encode(text);
    expect(ids.length).toBeGreaterThan(1);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it("reads control tokens in a text only when asked to", () => {
    const text = "<|im_start|>user\nhello<|im_end|>\n";
    expect(tokenizer.encode(text, { special: true })[0]).toBe(tokenizer.bos);
    expect(tokenizer.encode(text).length).toBeGreaterThan(tokenizer.encode(text, { special: true }).length);
    expect(tokenizer.decode(tokenizer.encode(text, { special: true }), { special: true })).toBe(text);
    expect(tokenizer.encode("")).toEqual([]);
  });

  it("knows which tokens begin and end a text", () => {
    expect(tokenizer.decode([tokenizer.bos!], { special: true })).toBe("<|im_start|>");
    expect(tokenizer.eos.map((id) => tokenizer.decode([id], { special: true }))).toEqual(["<|im_end|>", "<|endoftext|>"]);
    expect(tokenizer.addBos).toBe(false);
  });
});

describe("a file without a tokenizer", () => {
  it("is refused before llama.cpp sees it", async () => {
    const path = join(temporaryFolder(), "bare.gguf");
    writeGguf({ path, metadata: new Map([["general.architecture", ggufValue.string("llama")]]), tensors: [] });
    await expect(loadTokenizer(path)).rejects.toThrow(/holds no tokenizer/);
  });
});
