// BioASQ's list questions (Tsatsaronis et al. 2015): several names answer, each in any of the spellings that the experts gave.
import { bioasqOrigin, readBioasq } from "./bioasq-file.js";
import type { BenchmarkTask } from "./task.js";

export const bioasqList: BenchmarkTask = {
  id: "bioasq-list",
  title: "BioASQ-List",
  ...bioasqOrigin,
  card: "All names that the question asks for. A part is right in any of its spellings; a name that itself holds a comma is cut by any reading of the answer. Parts outside the first snippets cannot be found.",
  instruction: "Read the context and answer the question with all the names that it asks for, separated by commas.",
  answerFormat: "items",
  metrics: ["list-f1", "token-f1", "box-f1", "rouge-l-stem"],
  load: (source, split) =>
    readBioasq(source, split, "list").map(({ id, input, answers }) => ({
      id,
      input,
      gold: answers.map(([first]) => first).join(", "),
      parts: answers,
    })),
};
