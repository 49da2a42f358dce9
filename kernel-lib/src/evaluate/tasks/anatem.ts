// AnatEM (Pyysalo & Ananiadou 2014): anatomical entities, from cell parts to organ systems, here under the one type Anatomy.
import { entityTask } from "./entity-task.js";

export const anatem = entityTask({
  id: "anatem",
  title: "AnatEM",
  card: "Anatomical entities from cell parts to organ systems, a sentence an item, all under one type that is not asked for. Sentences without an entity are left out.",
  version: 1,
  folder: "AnatEM-IOB",
  licence: "corpus annotations: CC BY-SA 3.0; repository: CC BY 4.0",
  types: ["Anatomy"],
  instruction:
    "Read the sentence and find every anatomical entity that it names: organs, tissues, cells, cell parts, body fluids and tumours. Answer with the names exactly as they are written, separated by commas. Answer none if the sentence names no anatomical entity.",
  test: {
    sha256: "a3d6555f6f5b7809fc014bee975be0db93c012d770ab60c190cf37d589e97fc9",
    bytes: 833_816,
    rows: { sentences: 3830, entities: 4616 },
  },
  devel: {
    sha256: "0758bb2f26ec12fc717c1054b64ea00a40c7aae26b21a7541b86fbfba66119ec",
    bytes: 480_960,
    rows: { sentences: 2118, entities: 2139 },
  },
});
