import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../kernel-lib/src/models/index.js";
import { temporaryFolder } from "./tiny-gguf.js";

interface Golden {
  vocabularySize: number;
  texts: { text: string; ids: number[]; specialIds: number[]; decoded: string; decodedPlain: string }[];
}

// Made by test/oracles/tokenizers_tiny.py with Hugging Face's tokenizers.
const oracle = (name: string): string => new URL(`../oracles/tokenizers/${name}`, import.meta.url).pathname;

describe.each([
  ["bytes", false],
  ["pieces", true],
])("the tokenizer of a model folder, made of %s", (name, addBos) => {
  const golden = JSON.parse(readFileSync(join(oracle(name), "golden.json"), "utf8")) as Golden;

  it("makes the same tokens as Hugging Face's tokenizers, control tokens only when asked to", async () => {
    const tokenizer = await loadTokenizer(oracle(name));
    for (const { text, ids, specialIds } of golden.texts) {
      expect(tokenizer.encode(text), text).toEqual(ids);
      expect(tokenizer.encode(text, { special: true }), text).toEqual(specialIds);
    }
    expect(tokenizer.encode("")).toEqual([]);
  });

  it("gives texts back, with control tokens or without", async () => {
    const tokenizer = await loadTokenizer(oracle(name));
    for (const { specialIds, decoded, decodedPlain } of golden.texts) {
      expect(tokenizer.decode(specialIds, { special: true })).toBe(decoded);
      expect(tokenizer.decode(specialIds)).toBe(decodedPlain);
    }
  });

  it("knows what begins and ends a text, and whether the model wants the beginning", async () => {
    const { bos, eos, addBos: wanted, vocabularySize } = await loadTokenizer(oracle(name));
    expect({ bos, eos, addBos: wanted, vocabularySize }).toEqual({
      bos: 1,
      eos: [2, 0],
      addBos,
      vocabularySize: golden.vocabularySize,
    });
  });
});

it("refuses a folder without a tokenizer, or with a damaged one", async () => {
  const folder = join(temporaryFolder(), "model");
  cpSync(oracle("bytes"), folder, { recursive: true });
  writeFileSync(join(folder, "tokenizer_config.json"), '{"bos_token": 7}');
  await expect(loadTokenizer(folder)).rejects.toThrow(/tokenizer_config\.json: bos_token/);
  writeFileSync(join(folder, "tokenizer.json"), "[]");
  await expect(loadTokenizer(folder)).rejects.toThrow(/tokenizer\.json: /);
  rmSync(join(folder, "tokenizer.json"));
  await expect(loadTokenizer(folder)).rejects.toThrow("has no tokenizer.json; put the model's tokenizer into the folder");
});
