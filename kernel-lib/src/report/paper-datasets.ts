// Which of our tasks come from the same source as a dataset of the paper.

/** Task id → the paper's name. PubMedQA's mapping to the long answer is an inference (data/paper/README.md). */
export const paperDatasets: Readonly<Record<string, string>> = {
  "bioasq-factoid": "BioASQ-Factoid",
  "bioasq-list": "BioASQ-List",
  "bioasq-yesno": "BioASQ-Yesno",
  anatem: "AnatEM",
  bionlp13cg: "BioNLP13CG",
  "ncbi-disease": "NCBI",
  pubmedqa: "PubMedQA",
  "pubmedqa-long": "PubMedQA",
  ddi: "DDI",
  "medical-drugs": "Medical Drugs",
  hoc: "HoC",
};
