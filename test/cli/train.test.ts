// `train` as a person calls it: rows from a file, options by name, an adapter folder at the end, one line for every mistake.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { defaultModel, listModels, readSafetensors, writeSafetensors } from "../../kernel-lib/src/models/index.js";
import { deriveRandom, toJsonl } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, selfspec, temporaryFolder } from "./command.js";

const pairs = [
  { prompt: "The colour of grass is", completion: " green" },
  { id: "sky", instruction: "Name the colour.", input: "a clear sky", output: "blue", source: "these tests" },
  { prompt: "The colour of snow is", completion: " white" },
];

function file(rows: readonly unknown[] = pairs): string {
  const path = join(temporaryFolder(), "rows.jsonl");
  writeFileSync(path, toJsonl(rows));
  return path;
}

const command = (data: string, ...more: string[]): string[] => ["train", "--data", data, "--dir", temporaryFolder(), ...more];

describe("train", { timeout: 60_000 }, () => {
  it.each<[string, string[], RegExp]>([
    ["a missing file", command("/nowhere/rows.jsonl"), /\/nowhere\/rows.jsonl does not exist/],
    ["no folder to write to", ["train", "--data", file()], /required option '--dir <directory>' not specified/],
    [
      "a row that is neither kind",
      command(file([...pairs, { prompt: "alone" }])),
      /rows.jsonl:4 .* needs a prompt and a completion/,
    ],
    ["a file without rows", command(file([])), /holds no row; allowed: at least one/],
    ["a rank of nothing", command(file(), "--rank", "0"), /training option rank: /],
    ["a schedule that is none", command(file(), "--schedule", "steep"), /training option schedule: /],
    ["an unknown option", command(file(), "--rang", "4"), /unknown option '--rang'/],
    ["an unknown model", command(file(), "--model", "smollm3"), /unknown model "smollm3"; allowed: /],
  ])("refuses %s in one line", async (_, args, line) => {
    const ended = await selfspec(args);
    expect(complaintOf(ended)).toMatch(line);
    expect(ended.code).toBe(2);
  });

  it("trains a folder of safetensors with its own tokenizer", { timeout: 120_000 }, async () => {
    const oracles = new URL("../oracles/", import.meta.url);
    const folder = temporaryFolder();
    for (const name of ["tokenizer.json", "tokenizer_config.json"])
      copyFileSync(new URL(`tokenizers/bytes/${name}`, oracles), join(folder, name));
    const vocabulary = 352; // as many as the tokenizer has, and a few
    const config = JSON.parse(readFileSync(new URL("tiny/llama/config.json", oracles), "utf8"));
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({ ...config, vocab_size: vocabulary, max_position_embeddings: 512 }),
    );
    const tiny = readSafetensors(fileURLToPath(new URL("tiny/llama/model.safetensors", oracles)));
    const random = deriveRandom("vocabulary");
    writeSafetensors({
      path: join(folder, "model.safetensors"),
      tensors: [...tiny.tensors.keys()].map((name) => {
        const { shape } = tiny.tensors.get(name)!;
        const wide = /embed_tokens|lm_head/.test(name) ? [vocabulary, shape[1]!] : [...shape];
        const values = Float32Array.from({ length: wide.reduce((a, b) => a * b) }, () => random.normal() * 0.1);
        return { name, type: "F32" as const, shape: wide, values };
      }),
    });
    tiny.close();
    const args = command(file(), "--model", folder, "--backend", "cpu", "--steps", "2", "--rank", "2", "--json");
    const ended = await selfspec(args);
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ steps: 2, rows: 3, backend: "cpu" });
  });

  const here = listModels().some(({ id, path }) => id === defaultModel.id && path !== undefined);
  it.skipIf(!here)(
    "trains the default model, with every kind of option, and does nothing the second time",
    { timeout: 300_000 },
    async () => {
      const args = command(file(), "--steps", "2", "--batch-size", "1", "--rank", "2", "--targets", "q_proj,v_proj");
      args.push(
        "--layers",
        "28,29",
        "--rank-pattern",
        '{"layers.29.self_attn.v_proj":1}',
        "--dropout",
        "0.1",
        "--rs-lora",
        "true",
      );
      args.push("--validation-share", "0.3", "--learning-rate", "1e-3", "--loss", "full", "--json");
      const first = await selfspec(args);
      expect(first.code, first.stderr).toBe(0);
      const result = JSON.parse(first.stdout);
      // Two layers, q [576 → 576] and v [576 → 192], rank 2 but for one v of rank 1, whose A keeps room for two.
      const maps = 2 * (2 * (576 + 576) + 2 * 576) + 2 * 192 + 192;
      expect(result).toMatchObject({
        steps: 2,
        rows: 2,
        parameters: maps,
        validation: { rows: 1, keptStep: expect.any(Number) },
      });
      expect(existsSync(result.adapterGguf)).toBe(true);
      const config = JSON.parse(readFileSync(join(result.adapter, "adapter_config.json"), "utf8"));
      expect(config).toMatchObject({ r: 2, use_rslora: true, layers_to_transform: [28, 29] });
      const again = await selfspec(args);
      expect(JSON.parse(again.stdout)).toEqual(result);
      expect(again.stderr).not.toContain("lora  ");
    },
  );
});
