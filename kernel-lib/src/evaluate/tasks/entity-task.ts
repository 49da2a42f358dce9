// Named entity recognition as a text-to-text task, after BoX (Parmar et al. 2022): the answer lists what the sentence names.
import { githubFile } from "./github-file.js";
import { readIob2, readSentence } from "./iob2.js";
import type { BenchmarkTask, Entity, Split, TaskItem } from "./task.js";

/** The repository that holds these corpora in one IOB2 form (Crichton et al. 2017). */
const mtlBioinformatics = {
  repository: "cambridgeltl/MTL-Bioinformatics-2016",
  commit: "df0df02fae6dbb87d88ffcf323b9096528f06f84",
};

/** The file that each split is read from. */
const fileOfSplit: Record<Split, "test" | "devel"> = { test: "test", demonstrations: "devel" };

export interface EntityTaskData extends Pick<BenchmarkTask, "id" | "title" | "version" | "licence" | "instruction" | "card"> {
  /** The corpus's folder in the repository: `NCBI-disease-IOB`. */
  folder: string;
  /** The entity types; with several, the answer names the type of each entity. */
  types: readonly string[];
  test: Required<Pick<BenchmarkTask["files"][number], "sha256" | "bytes" | "rows">>;
  devel: Required<Pick<BenchmarkTask["files"][number], "sha256" | "bytes" | "rows">>;
}

/**
 * The answer that lists these entities, each once, in text order; `none` where there is none. BoX repeats an entity for
 * each mention; here it stands once, which its scoring (the maximum over the parts) cannot tell apart.
 */
export function renderEntities(entities: readonly Entity[], withTypes: boolean): string {
  const parts = entities.map(({ text, type }) => (withTypes ? `${text} <${type}>` : text));
  return parts.length === 0 ? "none" : [...new Set(parts)].join(", ");
}

/** A task over one corpus of the repository; `devel` gives the demonstrations. */
export function entityTask(data: EntityTaskData): BenchmarkTask {
  const { id, title, version, licence, instruction, card, folder, types } = data;
  const withTypes = types.length > 1;
  const path = `data/${folder}`;
  return {
    id,
    title,
    version,
    domain: "biomedicine",
    suite: "paper",
    card,
    source: { ...mtlBioinformatics, path },
    licence,
    files: (["test", "devel"] as const).map((part) =>
      githubFile(mtlBioinformatics, { name: `${id}/${part}.tsv`, path: `${path}/${part}.tsv`, ...data[part] }),
    ),
    splits: { test: "the test file's sentences with an entity", demonstrations: "those of the development file" },
    instruction,
    inputFormat: "one sentence, its tokens joined as prose",
    answerFormat: withTypes ? "typed-list" : "list",
    ...(withTypes && { labels: types }),
    metrics: ["token-f1", "box-f1", "entity-f1", "rouge-l-stem"],
    requiresEntity: true,
    load(source, split) {
      const name = `${id}/${fileOfSplit[split]}.tsv`;
      return readIob2(source.text(name), { name, types }).map((sentence, index): TaskItem => {
        const { text, entities } = readSentence(sentence);
        const number = String(index + 1).padStart(4, "0");
        return { id: `${fileOfSplit[split]}-${number}`, input: text, gold: renderEntities(entities, withTypes), entities };
      });
    },
  };
}
