// BioASQ's factoid questions (Tsatsaronis et al. 2015): one short name answers, in any of the spellings that the experts gave.
import { bioasqOrigin, readBioasq } from "./bioasq-file.js";
import type { BenchmarkTask } from "./task.js";

export const bioasqFactoid: BenchmarkTask = {
  id: "bioasq-factoid",
  title: "BioASQ-Factoid",
  ...bioasqOrigin,
  card: "One short name is asked for. Every spelling that the experts accept is right, the best one counts; BoX knows the first alone. An answer outside the first snippets cannot be found.",
  instruction:
    "Read the context and answer the question with the one name, number or short phrase that it asks for, as the context writes it.",
  answerFormat: "span",
  metrics: ["token-f1", "box-f1", "exact-match", "rouge-l-stem"],
  load: (source, split) =>
    readBioasq(source, split, "factoid").map(({ id, input, answers }) => {
      const golds = [...new Set(answers.flat())];
      return { id, input, gold: golds[0]!, golds };
    }),
};
