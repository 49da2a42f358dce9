// What is adapted, and how strongly: one setting for all maps, with exceptions by name or layer as PEFT's patterns make them.
import { InputError } from "../../runtime/index.js";
import type { Architecture } from "../transformer/architecture.js";
import { allLinears, type Linear, type LinearName } from "../transformer/linears.js";

export interface AdapterSettings {
  /** r: columns of A and B. Default 8. */
  readonly rank: number;
  /** The update is scaled by alpha / rank. Default 16. */
  readonly alpha: number;
  /** Which linear maps are adapted; "all-linear": every one of the layers. */
  readonly targets: readonly LinearName[] | "all-linear";
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

const fullName = (layer: number, { peft }: Linear): string => `layers.${layer}.${peft}`;

const matches = (pattern: string, name: string): boolean => new RegExp(`(^|\\.)(?:${pattern})$`).test(name);

const whole = (value: number): boolean => Number.isInteger(value) && value >= 1;

/**
 * Checks settings against a model and returns what each map gets; undefined: it is not adapted.
 * @throws InputError naming what is unknown, out of range, or matches nothing.
 */
export function resolveSettings(
  architecture: Architecture,
  settings: AdapterSettings,
): (layer: number, linear: Linear) => LinearSettings | undefined {
  const { rank, alpha, targets, rsLora = false, rankPattern = {}, alphaPattern = {}, layers } = settings;
  const known = allLinears(architecture);
  const names = known.map(({ name }) => name);
  const chosen = targets === "all-linear" ? names : targets;
  const unknown = chosen.find((target) => !names.includes(target));
  if (unknown !== undefined || chosen.length === 0)
    throw new InputError({
      got: unknown ? `LoRA target "${unknown}" in a ${architecture.name} model` : "no LoRA target",
      allowed: `${names.join(", ")} or "all-linear"`,
    });
  const badRank = [rank, ...Object.values(rankPattern)].find((value) => !whole(value));
  if (badRank !== undefined) throw new InputError({ got: `LoRA rank ${badRank}`, allowed: "a whole number from 1" });
  const outside = layers?.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= architecture.layers);
  if (outside !== undefined || layers?.length === 0)
    throw new InputError({ got: `LoRA layer ${outside ?? "list []"}`, allowed: `0 to ${architecture.layers - 1}` });
  const everyName = Array.from({ length: architecture.layers }, (_, layer) =>
    known.map((linear) => fullName(layer, linear)),
  ).flat();
  const idle = [...Object.keys(rankPattern), ...Object.keys(alphaPattern)].find(
    (pattern) => !everyName.some((name) => matches(pattern, name)),
  );
  if (idle !== undefined)
    throw new InputError({ got: `LoRA pattern "${idle}", which matches no map`, allowed: `such as "${everyName[0]}"` });
  const byPattern = (patterns: Readonly<Record<string, number>>, name: string): number | undefined =>
    patterns[Object.keys(patterns).find((pattern) => matches(pattern, name)) ?? ""];
  return (layer, linear) => {
    if (!chosen.includes(linear.name) || (layers && !layers.includes(layer))) return undefined;
    const name = fullName(layer, linear);
    const own = { rank: byPattern(rankPattern, name) ?? rank, alpha: byPattern(alphaPattern, name) ?? alpha };
    return { ...own, scale: own.alpha / (rsLora ? Math.sqrt(own.rank) : own.rank) };
  };
}
