// `train` as a person calls it: rows from a file, options by name, an adapter folder at the end, one line for every mistake.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultModel, listModels } from "../../kernel-lib/src/models/index.js";
import { toJsonl } from "../../kernel-lib/src/runtime/index.js";
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
