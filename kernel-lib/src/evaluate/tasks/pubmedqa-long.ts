// PubMedQA (Jin et al. 2019), the long answer: the abstract's conclusion, written from the rest of it. The paper's
// PubMedQA scores fit this form (BoX's task "PubMed"), not the three labels.
import { pubmedqaOrigin, readPubmedqa, renderQuestion } from "./pubmedqa-file.js";
import type { BenchmarkTask } from "./task.js";

export const pubmedqaLong: BenchmarkTask = {
  id: "pubmedqa-long",
  title: "PubMedQA (long)",
  version: 1,
  card: "The abstract's own conclusion is the right answer, so faithful paraphrases score low. BoX's task of this name, as far as the scores tell.",
  ...pubmedqaOrigin,
  instruction:
    "Read the context from a biomedical abstract and answer the question in one or two sentences that draw the conclusion.",
  answerFormat: "text",
  metrics: ["token-f1", "rouge-l-stem"],
  load: (source, split) =>
    readPubmedqa(source, split).map((question) => ({
      id: question.id,
      input: renderQuestion(question),
      gold: question.longAnswer,
      document: question.id,
    })),
};
