// The root verbs of a data set beside those of general instructions, Self-Instruct's 175 tasks, where the user has pulled them. Counts of
// verbs and objects only: the tasks themselves are somebody else's.
import { countRoots, type RootCount } from "../../dataset/index.js";
import { InputError } from "../../runtime/index.js";
import { loadSeeds } from "../../seeds/index.js";
import type { Dataset } from "./open-dataset.js";

interface RootSet {
  label: string;
  roots: RootCount[];
}

export interface RootSets {
  /** The general ones first, where they are here. */
  sets: [RootSet] | [RootSet, RootSet];
  /** Why there is one set only and what to do; null where there are two. */
  missing: string | null;
}

export function rootSets({ label, triples }: Pick<Dataset, "label" | "triples">): RootSets {
  const own = { label, roots: countRoots(triples.map(({ instruction }) => instruction)) };
  try {
    const general = loadSeeds({ domain: "general" }).map(({ instruction }) => instruction);
    return { sets: [{ label: "general", roots: countRoots(general) }, own], missing: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // The error's own line names a folder of this machine, which a committed notebook must not.
    return { sets: [own], missing: `the general tasks of Self-Instruct are not here: ${error.complaint.todo}` };
  }
}
