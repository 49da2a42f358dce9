// PubMedQA (Jin et al. 2019), the decision: does the abstract answer its title's question with yes, no or maybe?
import { decisions, pubmedqaOrigin, readPubmedqa, renderQuestion } from "./pubmedqa-file.js";
import type { BenchmarkTask } from "./task.js";

export const pubmedqa: BenchmarkTask = {
  id: "pubmedqa",
  title: "PubMedQA",
  version: 1,
  card: "The decision alone: yes, no or maybe, by experts. The paper's PubMedQA scores fit the long answer better; both are tasks here.",
  ...pubmedqaOrigin,
  instruction: "Read the context from a biomedical abstract and answer the question. Answer with one word: yes, no or maybe.",
  answerFormat: "label",
  labels: decisions,
  metrics: ["accuracy", "token-f1", "rouge-l-stem"],
  load: (source, split) =>
    readPubmedqa(source, split).map((question) => ({
      id: question.id,
      input: renderQuestion(question),
      gold: question.decision,
      label: question.decision,
      document: question.id,
    })),
};
