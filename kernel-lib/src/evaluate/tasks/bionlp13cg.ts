// BioNLP 2013 Cancer Genetics (Pyysalo, Ohta & Ananiadou 2013): entities of 16 types around the molecular biology of cancer.
import { entityTask } from "./entity-task.js";

const types = [
  "Amino_acid",
  "Anatomical_system",
  "Cancer",
  "Cell",
  "Cellular_component",
  "Developing_anatomical_structure",
  "Gene_or_gene_product",
  "Immaterial_anatomical_entity",
  "Multi-tissue_structure",
  "Organ",
  "Organism",
  "Organism_subdivision",
  "Organism_substance",
  "Pathological_formation",
  "Simple_chemical",
  "Tissue",
] as const;

export const bionlp13cg = entityTask({
  id: "bionlp13cg",
  title: "BioNLP13CG",
  card: "Entities of sixteen types around the molecular biology of cancer, a sentence an item; the type stands behind each name, as in BoX. Sentences without an entity are left out.",
  version: 1,
  folder: "BioNLP13CG-IOB",
  licence: "corpus annotations: CC BY-SA 3.0; repository: CC BY 4.0",
  types,
  instruction: `Read the sentence and find every entity of these types: ${types.join(", ")}. Answer with each entity exactly as it is written, followed by its type in angle brackets, separated by commas: entity <Type>, entity <Type>. Answer none if there is no such entity.`,
  test: {
    sha256: "9ee374ba1b93af177ba3d39dfda4c7e1602bd703d8011bae46a34f3d719cd338",
    bytes: 593_469,
    rows: { sentences: 1906, entities: 6881 },
  },
  devel: {
    sha256: "6c834f3a16ed080940e7e12d831ca8f79458d08db5d6f0c1fdbfe85c3c7a072c",
    bytes: 316_312,
    rows: { sentences: 1003, entities: 3616 },
  },
});
