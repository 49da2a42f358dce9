// Single values of a run's configuration by their path, `lora.rank` or `generation.responses.samples`: what `--set` and ablations change.
import { InputError } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import { parseRunConfig } from "./load-config.js";

type Tree = { [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The configuration with these values in place of its own, checked like any other.
 * @throws InputError for a path that leads through no object, an unknown key, or a value out of range, each by name.
 */
export function withSettings(config: RunConfig, settings: Readonly<Record<string, unknown>>): RunConfig {
  const changed: Tree = structuredClone(config);
  for (const [path, value] of Object.entries(settings)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    const parent = keys.reduce<unknown>((tree, key) => (isTree(tree) ? tree[key] : undefined), changed);
    if (!isTree(parent))
      throw new InputError({
        got: `setting "${path}"`,
        allowed: "paths such as lora.rank",
        todo: "see data/experiments/README.md",
      });
    parent[last] = value;
  }
  return parseRunConfig(changed, "--set");
}

/** Reads `path=value`; the value is JSON, or else the text itself. @throws InputError without a `=`. */
export function parseSetting(text: string): [path: string, value: unknown] {
  const at = text.indexOf("=");
  if (at < 1) throw new InputError({ got: `--set ${text}`, allowed: "--set path=value, such as --set lora.rank=16" });
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}
