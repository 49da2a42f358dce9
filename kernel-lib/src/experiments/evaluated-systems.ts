// Who is asked in an evaluation, in the order of the table, and which pairs of them are compared. One declaration makes one table: the
// trivial answer and the base are always in it, the rest is what the configuration names.
import { checkBaseURL } from "../endpoint/index.js";
import type { BenchmarkTask } from "../evaluate/index.js";
import { InputError } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import type { TunedSystem } from "./systems.js";

/** One system that asks a model. */
export type AskedSystem =
  | { system: "base"; kind: "base" }
  | { system: "base-retrieval"; kind: "retrieval" }
  | { system: TunedSystem; kind: "tuned" }
  | { system: string; kind: "endpoint" };

/** Base, base with passages, the tuned systems, other endpoints. */
export function askedSystems({ systems, evaluation }: Pick<RunConfig, "systems" | "evaluation">): AskedSystem[] {
  return [
    { system: "base", kind: "base" },
    ...evaluation.baselines.map((system): AskedSystem => ({ system, kind: "retrieval" })),
    ...systems.map((system): AskedSystem => ({ system, kind: "tuned" })),
    ...evaluation.endpoints.map(({ name }): AskedSystem => ({ system: name, kind: "endpoint" })),
  ];
}

/** Everything that answers, by name, in the order of the table. */
export const answeringSystems = (config: Pick<RunConfig, "systems" | "evaluation">): string[] => [
  "trivial",
  ...askedSystems(config).map(({ system }) => system),
];

/** Those whose labels' likelihoods are asked for: a chat server does not score what it is sent. */
export function systemsScoringLabels(config: Pick<RunConfig, "systems" | "evaluation" | "endpoint">): AskedSystem[] {
  const { endpoint, evaluation } = config;
  if (!evaluation.likelihood) return [];
  const apiOf = ({ system, kind }: AskedSystem): "completions" | "chat" | undefined =>
    kind === "endpoint" ? evaluation.endpoints.find(({ name }) => name === system)?.api : endpoint.api;
  return askedSystems(config).filter((asked) => apiOf(asked) === "completions");
}

/** How many labels of a task are scored for each of its questions. */
export const scoredLabels = ({ answerFormat, labels = [] }: Pick<BenchmarkTask, "answerFormat" | "labels">): number =>
  answerFormat === "label" ? labels.length : 0;

const rivalsOfTuned = ["base", "seeds-only", "self-specialised", "trivial"];
const rivalsOfOthers = { base: [], retrieval: ["base"], endpoint: ["self-specialised"] } as const;

/**
 * The comparisons that tables carry: each system against what it should beat. Few, since every one of them costs the others power under
 * Holm's correction.
 */
export function comparisonsOf(config: Pick<RunConfig, "systems" | "evaluation">): [system: string, against: string][] {
  const known = new Set(answeringSystems(config));
  return askedSystems(config).flatMap(({ system, kind }) =>
    (kind === "tuned" ? rivalsOfTuned : rivalsOfOthers[kind])
      .filter((rival) => rival !== system && known.has(rival) && !(system === "seeds-only" && rival === "self-specialised"))
      .map((rival): [string, string] => [system, rival]),
  );
}

/** @throws InputError where another endpoint has the name of a system of the run, or two have the same, and for a malformed address. */
export function checkEvaluated(config: Pick<RunConfig, "systems" | "evaluation">): void {
  for (const { baseURL } of config.evaluation.endpoints) checkBaseURL(baseURL);
  const names = answeringSystems(config);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new InputError({
      got: `system "${twice}" twice in one table`,
      allowed: "a name for each",
      todo: "rename the endpoint",
    });
}
