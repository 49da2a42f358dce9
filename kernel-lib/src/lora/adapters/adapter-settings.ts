// What is adapted, and how strongly: one setting for all maps, with exceptions by name or layer. Names match as PEFT matches them
// (`check_target_module_exists`, `get_pattern_key`), so that a configuration means the same on both sides.
import { InputError } from "../../runtime/index.js";
import type { Architecture } from "../transformer/architecture.js";
import type { LinearName } from "../transformer/linears.js";
import { type LinearModule, linearModules } from "./adapted-modules.js";

export interface AdapterSettings {
  /** r: columns of A and B. */
  readonly rank: number;
  /** The update is scaled by alpha / rank. */
  readonly alpha: number;
  /**
   * Which linear maps are adapted: module names or their ends ("q_proj", "c_proj", "layers.3.mlp.up_proj"), one regular expression
   * over whole names, or "all-linear": every one of the layers.
   */
  readonly targets: readonly string[] | string;
  /** Taken out of `targets`: names or their ends, or a regular expression. */
  readonly exclude?: readonly string[] | string | undefined;
  /** Scale by alpha / √rank instead (Kalajdzievski 2023). Default false. */
  readonly rsLora?: boolean | undefined;
  /** Other ranks: a regular expression over names such as "layers.3.self_attn.q_proj", matched at the end, to its rank. */
  readonly rankPattern?: Readonly<Record<string, number>> | undefined;
  readonly alphaPattern?: Readonly<Record<string, number>> | undefined;
  /** Only these layers, from 0. Default: all. */
  readonly layers?: readonly number[] | undefined;
}

export interface LinearSettings {
  rank: number;
  alpha: number;
  scale: number;
}

/** `source` between what fixes it to whole names. */
function expression(before: string, source: string, after: string): RegExp {
  try {
    return new RegExp(`${before}${source}${after}`);
  } catch (error) {
    throw new InputError(
      { got: `LoRA pattern ${JSON.stringify(source)} (${(error as Error).message})`, allowed: "regular expressions" },
      { cause: error },
    );
  }
}

/** Whether a key of `rankPattern` or `alphaPattern` means this module. */
export const patternMatches = (pattern: string, path: string): boolean => expression("^(.*\\.)?(", pattern, ")$").test(path);

/** Whether an entry of a list of targets means this module. */
export const nameMatches = (name: string, path: string): boolean => path === name || path.endsWith(`.${name}`);

const chosen = (targets: readonly string[] | string, path: string): boolean =>
  typeof targets === "string" ? expression("^(?:", targets, ")$").test(path) : targets.some((name) => nameMatches(name, path));

const whole = (value: number): boolean => Number.isInteger(value) && value >= 1;

function refuseIdle(architecture: Architecture, settings: AdapterSettings, modules: readonly LinearModule[]): void {
  const { targets, rankPattern = {}, alphaPattern = {} } = settings;
  const matched = (test: (path: string) => boolean): boolean => modules.some(({ path }) => test(path));
  const names: LinearName[] = [...new Set(modules.map(({ linear }) => linear.name))];
  const idle =
    typeof targets === "string"
      ? [targets].find((target) => target !== "all-linear" && !matched((path) => chosen(target, path)))
      : targets.find((name) => !matched((path) => nameMatches(name, path)));
  if (idle !== undefined || targets.length === 0)
    throw new InputError({
      got: idle === undefined ? "no LoRA target" : `LoRA target "${idle}" in a ${architecture.name} model`,
      allowed: `${names.join(", ")} or "all-linear"`,
    });
  const pattern = [...Object.keys(rankPattern), ...Object.keys(alphaPattern)].find(
    (key) => !matched((path) => patternMatches(key, path)),
  );
  if (pattern !== undefined)
    throw new InputError({
      got: `LoRA pattern "${pattern}", which matches no map`,
      allowed: `such as "${modules[0]!.path}"`,
    });
}

/**
 * Checks settings against a model and returns what each map gets; undefined: it is not adapted.
 * @throws InputError naming what is unknown, out of range, or matches nothing.
 */
export function resolveSettings(
  architecture: Architecture,
  settings: AdapterSettings,
): (module: LinearModule) => LinearSettings | undefined {
  const { rank, alpha, targets, exclude = [], rsLora = false, rankPattern = {}, alphaPattern = {}, layers } = settings;
  const modules = linearModules(architecture);
  refuseIdle(architecture, settings, modules);
  const badRank = [rank, ...Object.values(rankPattern)].find((value) => !whole(value));
  if (badRank !== undefined) throw new InputError({ got: `LoRA rank ${badRank}`, allowed: "a whole number from 1" });
  const outside = layers?.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= architecture.layers);
  if (outside !== undefined || layers?.length === 0)
    throw new InputError({ got: `LoRA layer ${outside ?? "list []"}`, allowed: `0 to ${architecture.layers - 1}` });
  const byPattern = (patterns: Readonly<Record<string, number>>, path: string): number | undefined =>
    Object.entries(patterns).find(([pattern]) => patternMatches(pattern, path))?.[1];
  return ({ layer, path }) => {
    if (targets !== "all-linear" && !chosen(targets, path)) return undefined;
    if (chosen(exclude, path) || (layers && !layers.includes(layer))) return undefined;
    const own = { rank: byPattern(rankPattern, path) ?? rank, alpha: byPattern(alphaPattern, path) ?? alpha };
    return { ...own, scale: own.alpha / (rsLora ? Math.sqrt(own.rank) : own.rank) };
  };
}
