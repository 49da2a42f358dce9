import { describe, expect, it } from "vitest";
import { configurations, selectConfigurations } from "../../kernel-lib/src/bench/configuration.js";
import { choicesFlag, countFlag } from "../../kernel-lib/src/bench/flags.js";
import { backendNames } from "../../kernel-lib/src/lora/index.js";

const names = (only: string): string[] => selectConfigurations({ only }).map(({ name }) => name);

describe("the configurations", () => {
  it("have a name each, and cover every shape in both precisions, kept and recomputed", () => {
    expect(new Set(configurations.map(({ name }) => name)).size).toBe(configurations.length);
    for (const shape of ["1x256", "4x256", "8x512"])
      for (const precision of ["f32", "bf16"])
        for (const mode of ["kept", "recompute"])
          expect(names(`${shape} ${precision} ${mode} half tensorflow`)[0]).toBe(`${shape} ${precision} ${mode} half tensorflow`);
    expect(names("all")).toEqual(["4x256 f32 kept all tensorflow", "4x256 bf16 kept all tensorflow"]);
  });

  it("take in every backend but plain JavaScript", () => {
    expect(new Set(configurations.map(({ backend }) => backend))).toEqual(
      new Set(backendNames.filter((backend) => backend !== "cpu")),
    );
  });
});

describe("--only", () => {
  it("takes the configurations whose name has all the words, in the order in which they run", () => {
    expect(names("half bf16 1x256")).toEqual(["1x256 bf16 kept half tensorflow", "1x256 bf16 recompute half tensorflow"]);
    expect(names("wasm 1x256, 1x256 F32 recompute")).toEqual(["1x256 f32 recompute half tensorflow", "1x256 f32 kept half wasm"]);
  });

  it("refuses a group that names nothing, with the words there are", () => {
    expect(() => names("4x256, 4x257 bf16")).toThrow(/--only "4x257 bf16".*allowed: words of 1x256, f32, kept/);
    expect(() => names("")).toThrow(/--only "", which no configuration has/);
  });
});

it("--quick takes the two small shapes with activations kept", () => {
  expect(selectConfigurations({ quick: true }).map(({ name }) => name)).toEqual([
    "1x256 f32 kept half tensorflow",
    "4x256 f32 kept half tensorflow",
    "1x256 bf16 kept half tensorflow",
    "4x256 bf16 kept half tensorflow",
  ]);
});

describe("flags", () => {
  it.each(["0", "-1", "1.5", "two", "", true])("refuse the count %j", (steps) => {
    expect(() => countFlag({ steps }, "steps", 2)).toThrow(/--steps .*; allowed: a whole number from 1/);
  });

  it("read counts and choices, and take defaults", () => {
    expect(countFlag({ steps: "12" }, "steps", 2)).toBe(12);
    expect(countFlag({}, "steps", 2)).toBe(2);
    expect(choicesFlag({ sides: "peft, tfjs" }, "sides", ["tfjs", "peft"])).toEqual(["tfjs", "peft"]);
    expect(choicesFlag({}, "sides", ["tfjs", "peft"])).toEqual(["tfjs", "peft"]);
    expect(() => choicesFlag({ sides: "tfjs,jax" }, "sides", ["tfjs", "peft"])).toThrow("--sides jax; allowed: tfjs, peft");
  });
});
