// The folder of a run whose one system was tuned on the seeds, as it would lie on disk, written by an earlier version that knew fewer keys.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chooseSize, loadExperiment } from "../../kernel-lib/src/experiments/index.js";
import { sha256 } from "../../kernel-lib/src/runtime/index.js";

const adapter = "not read by a scripted server";

/** SHA-256 of its adapter. */
export const adapterSha256 = sha256(adapter);

/** Writes the run; returns its folder. */
export function writeTunedRun(directory: string, baseURL: string): string {
  const config = chooseSize(loadExperiment("biomedicine"), "smoke", { baseURL, model: "scripted", systems: ["seeds-only"] });
  const { adaptersFrom: _later, evaluation: _too, contamination: _also, ...older } = config;
  const put = (text: string, ...parts: string[]): void => {
    const path = join(directory, ...parts);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  };
  put(JSON.stringify(older), "config.json");
  put(JSON.stringify({ model: "Scripted", machine: "a test" }), "surroundings.json");
  put(JSON.stringify([{ stage: "lora", seconds: 5 }]), "stages.json");
  put(adapter, "lora", "seeds-only", "adapter.gguf");
  put("{}", "lora", "seeds-only", "adapter", "adapter_config.json");
  put("weights", "lora", "seeds-only", "adapter", "adapter_model.safetensors");
  put("{}", "lora", "seeds-only", "checkpoint.safetensors");
  return directory;
}
