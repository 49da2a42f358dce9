// One experiment at one size, with what its caller changes.
import { InputError } from "../runtime/index.js";
import { type ExperimentConfig, experimentSchema, type RunConfig, type SizeName, sizeNames } from "./config.js";
import { tunedSystems } from "./systems.js";

/** What the command line or a notebook may change without a new file. */
export interface RunChanges {
  runSeed?: number;
  backend?: string;
  baseURL?: string;
  model?: string;
  preset?: string;
  retrieval?: boolean;
  systems?: readonly string[];
  split?: string;
  /** Keep this many generated rows instead of the size's, out of at most ten times as many attempts. */
  rows?: number;
}

function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const known = allowed.find((name) => name === value);
  if (known === undefined) throw new InputError({ got: `${what} "${value}"`, allowed: allowed.join(", ") });
  return known;
}

/** Picks a size and applies the changes. @throws InputError for an unknown size, backend, system or split. */
export function chooseSize(config: ExperimentConfig, size: SizeName, changes: RunChanges = {}): RunConfig {
  const { sizes, $comment, ...rest } = config;
  oneOf("size", size, sizeNames);
  const { runSeed = rest.runSeed, baseURL = rest.endpoint.baseURL, model = rest.model, preset = rest.preset } = changes;
  const { backend = rest.lora.backend, split = rest.split, systems = rest.systems } = changes;
  return {
    ...rest,
    runSeed,
    model,
    preset,
    split: oneOf("split", split, experimentSchema.shape.split.unwrap().options),
    systems: systems.map((system) => oneOf("system", system, tunedSystems)),
    retrieval: { ...rest.retrieval, enabled: changes.retrieval ?? rest.retrieval.enabled },
    endpoint: { ...rest.endpoint, baseURL },
    lora: { ...rest.lora, backend: oneOf("backend", backend, experimentSchema.shape.lora.shape.backend.options) },
    size,
    adaptersFrom: null,
    budget: { ...sizes[size], ...(changes.rows !== undefined && { targetRows: changes.rows, maxAttempts: 10 * changes.rows }) },
  };
}
