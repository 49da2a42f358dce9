// BioASQ's yes/no questions (Tsatsaronis et al. 2015).
import { InputError } from "../../runtime/index.js";
import { bioasqOrigin, readBioasq } from "./bioasq-file.js";
import type { BenchmarkTask } from "./task.js";

const labels = ["yes", "no"] as const;

export const bioasqYesno: BenchmarkTask = {
  id: "bioasq-yesno",
  title: "BioASQ-Yesno",
  ...bioasqOrigin,
  card: "Yes or no; most answers are yes, so the macro average stands beside the accuracy, as in the challenge.",
  instruction: "Read the context and answer the question. Answer with one word: yes or no.",
  answerFormat: "label",
  labels,
  metrics: ["accuracy", "macro-f1", "token-f1", "rouge-l-stem"],
  load: (source, split) =>
    readBioasq(source, split, "yesno").map(({ id, input, answers }) => {
      const written = answers[0]![0]!;
      const label = labels.find((known) => known === written.toLowerCase());
      if (label) return { id, input, gold: label, label };
      throw new InputError({
        got: `the answer "${written}" to ${id}`,
        allowed: labels.join(", "),
        todo: "correct that question",
      });
    }),
};
