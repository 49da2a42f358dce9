import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { complaintOf, selfspec, temporaryFolder } from "./command.js";

const oracle = (...parts: string[]): string => join(projectRoot(), "test", "oracles", ...parts);
const base = ["--model", oracle("tiny", "llama")];
const adapter = oracle("peft", "patterns");

describe("adapter", { timeout: 60_000 }, () => {
  it("exports PEFT's adapter for llama.cpp and imports it again, the same size", async () => {
    const [gguf, folder] = [join(temporaryFolder(), "adapter.gguf"), temporaryFolder()];
    const exported = await selfspec(["adapter", "export", adapter, ...base, "--to", gguf, "--json"]);
    expect(exported.code).toBe(0);
    const imported = await selfspec(["adapter", "import", gguf, ...base, "--to", folder, "--json"]);
    const size = { architecture: "llama", maps: 8, layers: 2, parameters: 576 }; // Σ rank · (in + out)
    expect(JSON.parse(exported.stdout)).toMatchObject(size);
    expect(JSON.parse(imported.stdout)).toMatchObject({ ...size, folder });
    for (const file of ["adapter.gguf", "adapter/adapter_config.json", "adapter/adapter_model.safetensors"])
      expect(existsSync(join(folder, file))).toBe(true);
  });

  it("merges into a new folder, and refuses to do it again there or on top", async () => {
    const merged = join(temporaryFolder(), "merged");
    const first = await selfspec(["adapter", "merge", adapter, ...base, "--to", merged]);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain("8 maps in 2 layers");
    const again = await selfspec(["adapter", "merge", adapter, ...base, "--to", merged]);
    expect([again.code, complaintOf(again)]).toEqual([
      2,
      expect.stringContaining("is there already; allowed: a new file or folder"),
    ]);
    const onTop = await selfspec(["adapter", "merge", adapter, "--model", merged, "--to", join(temporaryFolder(), "twice")]);
    expect([onTop.code, complaintOf(onTop)]).toEqual([2, expect.stringContaining("has this adapter in it already")]);
  });

  it.each([
    [
      "an adapter that does not exist",
      ["export", "none", "--to", "x.gguf"],
      "none does not exist; allowed: a folder as PEFT writes it",
    ],
    ["an unknown type", ["merge", adapter, "--to", "x.gguf", "--type", "Q4_K"], "--type Q4_K; allowed: F32, F16, BF16, Q8_0"],
    [
      "another model's adapter",
      ["export", oracle("peft", "conv1d"), "--to", "x.gguf"],
      "without a linear map of this llama model",
    ],
  ])("refuses %s in one line", async (_, args, message) => {
    const ended = await selfspec(["adapter", ...args, ...base]);
    expect([ended.code, complaintOf(ended)]).toEqual([2, expect.stringContaining(message)]);
  });
});
