// NCBI Disease (Doğan, Leaman & Lu 2014): disease mentions in PubMed abstracts. BoX's task "NCBI" asks for `name <Disease>`;
// with one type the type says nothing, so the names alone are asked for.
import { entityTask } from "./entity-task.js";

export const ncbiDisease = entityTask({
  id: "ncbi-disease",
  title: "NCBI-disease",
  card: "Disease mentions in PubMed abstracts, a sentence an item. BoX writes the one type behind each name; with one type it says nothing, so the names alone are asked for. Sentences without a disease are left out.",
  version: 1,
  folder: "NCBI-disease-IOB",
  licence: "corpus: US Government work, public domain; repository: CC BY 4.0",
  types: ["Disease"],
  instruction:
    "Read the sentence and find every disease that it names. Answer with the disease names exactly as they are written, separated by commas. Answer none if the sentence names no disease.",
  test: {
    sha256: "8f088ce45dc4746592188f9e69de3d89d87f3bb8f0ed8c4a287d018123fa148d",
    bytes: 205_664,
    rows: { sentences: 940, entities: 960 },
  },
  devel: {
    sha256: "b4e1e7efcc2a35047bf2f3d281648357470e674f555d4a26a0049ac37d59cc61",
    bytes: 200_352,
    rows: { sentences: 923, entities: 787 },
  },
});
