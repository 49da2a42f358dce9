// A small run's folder, as the generation stages write it, from a scripted endpoint: kept and rejected rows, machine-written demonstrations
// and passages.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Corpus, defaultSettings } from "../../kernel-lib/src/corpus/index.js";
import { buildTriples, type Triple } from "../../kernel-lib/src/dataset/index.js";
import { type GenerationPreset, generateInstructions, generateResponses, presets } from "../../kernel-lib/src/generate/index.js";
import { writeJson, writeJsonl } from "../../kernel-lib/src/runtime/index.js";
import { scriptedEndpoint, testSeeds, writeTasks } from "../generate/scripted-endpoint.js";

/** Finds the same two passages for whatever is asked, their texts naming the query. */
export const scriptedCorpus: Corpus = {
  count: 2,
  source: "scripted",
  licence: "none",
  fingerprint: "f",
  settings: defaultSettings,
  search: async (query, k) =>
    ["first", "second"].slice(0, k).map((id, index) => ({
      id,
      text: `${id} passage on ${query.length} letters`,
      source: "scripted",
      licence: "none",
      rank: index + 1,
      score: 2 - index,
    })),
  close: () => {},
};

const preset: GenerationPreset = {
  ...presets["self-moe"],
  instructions: { ...presets["self-moe"].instructions, machineDemonstrations: 1, waveSize: 8 },
};

export interface GeneratedRun {
  folder: string;
  triples: Triple[];
  /** Ids of tasks and of answers that the filter took. */
  rejectedTask: string;
  rejectedAnswer: string;
}

export async function generateRun({ retrieval = false }: { retrieval?: boolean } = {}): Promise<GeneratedRun> {
  const folder = mkdtempSync(join(tmpdir(), "selfspec-traced-"));
  const common = { seeds: testSeeds, domain: "biomedicine" as const, preset, runSeed: 3 };
  const tasks = await generateInstructions({
    ...common,
    directory: join(folder, "instructions"),
    endpoint: scriptedEndpoint(writeTasks),
    attempts: 40,
  });
  const answers = await generateResponses({
    ...common,
    directory: join(folder, "responses"),
    instructions: tasks.rows,
    endpoint: scriptedEndpoint(({ seed }, random) => ({ text: seed! % 4 === 0 ? "" : ` seen on day ${random.integer(999)}` })),
    ...(retrieval && { retrieval: { corpus: scriptedCorpus, passages: 2 } }),
  });
  const triples = buildTriples({ instructions: tasks.rows, responses: answers.rows });
  writeJsonl(join(folder, "dataset", "triples.jsonl"), triples);
  writeJson(join(folder, "config.json"), { domain: "biomedicine", retrieval: { corpus: "wordnet" } });
  return { folder, triples, rejectedTask: tasks.rejections[0]!.id, rejectedAnswer: answers.rejections[0]!.id };
}
