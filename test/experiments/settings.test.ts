import { expect, it } from "vitest";
import { loadExperiment, openRun, parseSetting } from "../../kernel-lib/src/experiments/index.js";

const open = (settings: Record<string, unknown>) =>
  openRun({ config: loadExperiment("biomedicine"), size: "smoke", settings }).config;

it("changes single values by path, in the budget, the recipe and the preset", () => {
  const config = open({ "budget.items": 7, "lora.rank": 2, "generation.responses.samples": 3 });
  expect([config.budget.items, config.lora.rank, config.generation]).toEqual([
    7,
    2,
    { instructions: {}, responses: { samples: 3 } },
  ]);
});

it("refuses unknown paths, values out of range and paths through a value, by name", () => {
  expect(() => open({ "generation.responses.sample": 3 })).toThrow(
    /unknown config key "generation.responses.sample" in --set; allowed: .*samples/,
  );
  expect(() => open({ "lora.rank": 0 })).toThrow('config key "lora.rank" in --set');
  expect(() => open({ "name.first": 1 })).toThrow('setting "name.first"');
});

it("reads values as JSON, or as the text they are", () => {
  expect(parseSetting("lora.rank=16")).toEqual(["lora.rank", 16]);
  expect(parseSetting("preset=self-moe")).toEqual(["preset", "self-moe"]);
  expect(() => parseSetting("lora.rank")).toThrow("--set lora.rank; allowed: --set path=value");
});
