// The systems that a run may tune: each is a LoRA on a data set of its own, all made by the same machinery, so that what differs between
// two of them is one thing. The base and the trivial answer need no training and are always there.
import { InputError } from "../runtime/index.js";
import type { RunConfig } from "./config.js";

export const tunedSystems = [
  "seeds-only",
  "self-specialised",
  "with-seeds",
  "answer-first",
  "checked",
  "checked-both",
  "seeds-taught",
  "generic",
  "unfiltered",
  "grounded",
  "ungrounded",
  "round-2",
  "round-3",
] as const;
export type TunedSystem = (typeof tunedSystems)[number];

/** How a system's training rows come about. */
export interface Recipe {
  /** In words, for tables and cards. */
  what: string;
  /** Generated rows, the seeds, or both. */
  rows: "generated" | "seeds" | "seeds and generated";
  /** Systems whose generated rows are put together; absent: its own. */
  from?: readonly TunedSystem[];
  /** Of the generated rows only those whose answers are phrases of their inputs, so that a filter can check them. */
  extractionsOnly?: boolean;
  /** Prompt files of the instructions in place of the preset's. */
  prompts?: readonly string[];
  /** How many instructions are wanted, as a part of the size's; default 1. */
  share?: number;
  /** "general" starts from the 175 seed tasks of Self-Instruct instead of the domain's seeds. */
  seeds: "domain" | "general";
  /** False keeps every text that could be parsed. */
  filtered: boolean;
  /** Passages of the corpus in front of each answer; absent: as the experiment says. */
  retrieval?: boolean;
  /** Whose adapter answers; absent: the base model. */
  answeredBy?: TunedSystem;
  /** Whose instructions are answered, where another's adapter answers; absent: those behind the teacher's rows. */
  tasks?: readonly TunedSystem[];
  /** Rounds of self-specialization behind the rows; 0 for the seeds. */
  round: number;
}

const plain = { rows: "generated", seeds: "domain", filtered: true, round: 1 } as const;

export const recipes: Readonly<Record<TunedSystem, Recipe>> = {
  "seeds-only": { ...plain, what: "the seeds themselves", rows: "seeds", round: 0 },
  "self-specialised": { ...plain, what: "what the base model wrote and answered" },
  "with-seeds": {
    ...plain,
    what: "the seeds and what the base model wrote and answered",
    rows: "seeds and generated",
    from: ["self-specialised"],
  },
  "answer-first": {
    ...plain,
    what: "rows whose answers were written before their inputs",
    prompts: ["answers-first-v1"],
    share: 0.3,
    extractionsOnly: true,
  },
  checked: {
    ...plain,
    what: "the seeds, and the self-specialised rows whose answers are phrases of their inputs",
    rows: "seeds and generated",
    from: ["self-specialised"],
    extractionsOnly: true,
  },
  "checked-both": {
    ...plain,
    what: "the seeds, and of both orders of writing the rows whose answers are phrases of their inputs",
    rows: "seeds and generated",
    from: ["self-specialised", "answer-first"],
    extractionsOnly: true,
  },
  "seeds-taught": {
    ...plain,
    what: "the seeds, and such tasks of both orders answered by the model tuned on the seeds alone",
    rows: "seeds and generated",
    answeredBy: "seeds-only",
    tasks: ["self-specialised", "answer-first"],
    extractionsOnly: true,
  },
  generic: { ...plain, what: "rows grown from Self-Instruct's 175 general tasks instead of domain seeds", seeds: "general" },
  unfiltered: { ...plain, what: "everything that could be parsed, no filter", filtered: false },
  grounded: { ...plain, what: "the same instructions, answered with retrieved passages", retrieval: true },
  ungrounded: { ...plain, what: "the same instructions, answered without retrieved passages", retrieval: false },
  "round-2": {
    ...plain,
    what: "the seeds, and the tasks of the checked rows answered again by the model tuned on them",
    rows: "seeds and generated",
    answeredBy: "checked",
    extractionsOnly: true,
    round: 2,
  },
  "round-3": {
    ...plain,
    what: "the seeds, and the same tasks answered again by the model of round 2",
    rows: "seeds and generated",
    answeredBy: "round-2",
    extractionsOnly: true,
    round: 3,
  },
};

/** The systems whose stages have to run for a system's rows: its own, or those it puts together. */
export const sourcesOf = (system: TunedSystem): readonly TunedSystem[] =>
  recipes[system].rows === "seeds" ? [] : (recipes[system].from ?? [system]);

/** The systems whose own data sets stand behind any of `systems`, the main one first: what somebody may have been tuned on. */
export const dataSetsBehind = (systems: readonly TunedSystem[]): TunedSystem[] => [
  ...new Set<TunedSystem>(["self-specialised", ...systems.flatMap(sourcesOf)]),
];

/** The systems whose instructions a system's rows answer: its own stage, the main one, or those behind its teacher. */
export function tasksOf(system: TunedSystem): readonly TunedSystem[] {
  const { answeredBy, tasks, from, seeds, filtered, prompts } = recipes[system];
  if (tasks !== undefined) return tasks;
  if (answeredBy !== undefined) return tasksOf(answeredBy);
  if (from !== undefined) return from.flatMap(tasksOf);
  return seeds === "general" || !filtered || prompts !== undefined ? [system] : ["self-specialised"];
}

/**
 * Refuses a list of systems that cannot be trained in its order.
 * @throws InputError for a repetition, for a system whose teacher does not stand before it, and for a retrieval variant that is no variant.
 */
export function checkSystems({ systems, retrieval }: Pick<RunConfig, "systems" | "retrieval">): void {
  systems.forEach((system, index) => {
    const before = systems.slice(0, index);
    if (before.includes(system)) throw new InputError({ got: `system "${system}" twice`, todo: "name each once" });
    const teacher = recipes[system].answeredBy;
    if (teacher !== undefined && !before.includes(teacher))
      throw new InputError({
        got: `system "${system}" without "${teacher}" before it`,
        allowed: `${teacher},${system}`,
        todo: `its answers are written by ${teacher}: put that in front`,
      });
    if (recipes[system].retrieval === retrieval.enabled)
      throw new InputError({
        got: `system "${system}" where retrieval is ${retrieval.enabled ? "on" : "off"} anyway`,
        allowed: retrieval.enabled ? "ungrounded" : "grounded",
        todo: "name the other one, or switch retrieval",
      });
  });
}
