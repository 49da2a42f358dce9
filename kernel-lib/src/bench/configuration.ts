// What `bench lora` trains: shape, precision, whether activations are kept, how many tokens are targets, and where the base lives.
import { type BackendName, backendNames, type Precision } from "../lora/index.js";
import { InputError } from "../runtime/index.js";

export interface Configuration {
  /** Words that name it, as `--only` takes them: "4x256 bf16 kept half tensorflow". */
  name: string;
  backend: BackendName;
  sequences: number;
  /** Length of each sequence. */
  tokens: number;
  /** PEFT computes "bfloat16x3" in float32: it has nothing between the two. */
  precision: Precision;
  /** Compute each layer's activations again on the way back, instead of keeping them. */
  recompute: boolean;
  /** Part of the tokens whose loss is trained. */
  targetShare: number;
  residency: Residency;
}

/** How the frozen base lies in memory: in product precision, or in the file's own 4-bit blocks. */
export type Residency = "resident" | "quantised";

const words = { float32: "f32", bfloat16x3: "bf16x3", bfloat16: "bf16" } as const;

function configuration(fields: Omit<Configuration, "name">): Configuration {
  const { backend, sequences, tokens, precision, recompute, targetShare, residency } = fields;
  const name = [
    `${sequences}x${tokens}`,
    words[precision],
    recompute ? "recompute" : "kept",
    targetShare === 1 ? "all" : "half",
    ...(residency === "quantised" ? [residency] : []),
    backend,
  ].join(" ");
  return { name, ...fields };
}

const common = { recompute: false, targetShare: 0.5, residency: "resident" } as const;
const shapes = [
  { sequences: 1, tokens: 256 },
  { sequences: 4, tokens: 256 },
  { sequences: 8, tokens: 512 },
];
const middle = shapes[1]!;
const precisions = ["float32", "bfloat16"] as const;

const native = precisions.flatMap((precision) => {
  const own = { ...common, backend: "tensorflow", precision } as const;
  return [
    ...shapes.flatMap((shape) => [false, true].map((recompute) => configuration({ ...own, ...shape, recompute }))),
    configuration({ ...own, ...middle, targetShare: 1 }),
  ];
});
const threefold = shapes.map((shape) => configuration({ ...common, backend: "tensorflow", precision: "bfloat16x3", ...shape }));
const quantised = configuration({
  ...{ ...common, backend: "tensorflow", precision: "bfloat16", ...shapes[2]! },
  ...{ recompute: true, residency: "quantised" },
});
/** Backends without native code are slow: the smallest shape, and for WebAssembly the longest that its memory must take. */
const portable = backendNames
  .filter((backend) => backend !== "tensorflow" && backend !== "cpu")
  .flatMap((backend) => {
    const own = { ...common, backend, precision: "float32" } as const;
    const small = configuration({ ...own, ...shapes[0]! });
    return backend === "wasm" ? [small, configuration({ ...own, sequences: 1, tokens: 512, recompute: true })] : [small];
  });

/** Every configuration, in the order in which they run. */
export const configurations: readonly Configuration[] = [...native, ...threefold, quantised, ...portable];

const quickNames = new Set(
  native.filter(({ tokens, recompute, targetShare }) => tokens === 256 && !recompute && targetShare < 1).map(({ name }) => name),
);

/** The name of a configuration that the bars speak of. */
export const nameOf = (text: string): string => selectConfigurations({ only: text })[0]!.name;

/**
 * @param only words that a name must hold, "4x256 bf16"; several such groups are separated by commas.
 * @param quick the two small shapes with activations kept; ignored with `only`.
 * @throws InputError when a group names nothing.
 */
export function selectConfigurations({ only, quick = false }: { only?: string | undefined; quick?: boolean }): Configuration[] {
  if (only === undefined) return configurations.filter(({ name }) => !quick || quickNames.has(name));
  const chosen = new Set<Configuration>();
  for (const group of only.split(",")) {
    const wanted = group.trim().toLowerCase().split(/\s+/);
    const matches = configurations.filter(({ name }) => wanted.every((word) => name.split(" ").includes(word)));
    if (matches.length === 0) {
      const known = [...new Set(configurations.flatMap(({ name }) => name.split(" ")))];
      throw new InputError({
        got: `--only "${group.trim()}", which no configuration has`,
        allowed: `words of ${known.join(", ")}`,
      });
    }
    for (const match of matches) chosen.add(match);
  }
  return configurations.filter((candidate) => chosen.has(candidate));
}
