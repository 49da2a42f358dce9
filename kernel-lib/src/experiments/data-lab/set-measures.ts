// Measures that need more of a data set than its triples: its demonstrations, or another domain to hold it against.
import {
  type DemonstrationSimilarity,
  demonstrationSimilarity,
  domainLeakage,
  domainWords,
  type Leakage,
} from "../../dataset/index.js";
import { InputError } from "../../runtime/index.js";
import type { Domain } from "../../seeds/index.js";
import type { Dataset } from "./open-dataset.js";

/** How much instructions and answers repeat the demonstrations of their own prompts: ROUGE-L F1 to the nearest. */
export function similarityToDemonstrations({
  triples,
  instructions,
  responses,
  seeds,
}: Pick<Dataset, "triples" | "instructions" | "responses" | "seeds">): { label: string; rows: DemonstrationSimilarity[] }[] {
  const kept = new Set(triples.map(({ id }) => id));
  const tasks = instructions.filter(({ id }) => kept.has(id));
  return [
    {
      label: "instructions",
      rows: demonstrationSimilarity({
        rows: tasks.map(({ id, instruction, demoIds }) => ({ id, text: instruction, demoIds })),
        texts: new Map([...instructions, ...seeds].map(({ id, instruction }) => [id, instruction])),
      }),
    },
    {
      label: "answers",
      rows: demonstrationSimilarity({
        rows: responses.map(({ instructionId, output, demoIds }) => ({ id: instructionId, text: output, demoIds })),
        texts: new Map(seeds.map(({ id, output }) => [id, output])),
      }),
    },
  ];
}

type Spoken = Pick<Dataset, "domain" | "triples" | "seeds">;

/**
 * How far each of two data sets speaks the other's language, by the words that tell the two domains apart in their seeds and definitions.
 * Seeds alone are too few texts to tell much: `definitionsOf` gives a domain's dictionary ("bond, debenture: a certificate of debt").
 * @throws InputError for two sets of one domain.
 */
export function leakageBetween(
  first: Spoken,
  second: Spoken,
  { definitionsOf }: { definitionsOf: (domain: Domain) => readonly { text: string }[] },
): [Leakage, Leakage] {
  if (first.domain === second.domain)
    throw new InputError({ got: `two data sets of ${first.domain}`, allowed: "sets of two domains", todo: "open another one" });
  const textsOf = ({ domain, seeds }: Spoken) => ({
    seeds: seeds.map(({ instruction, input, output }) => `${instruction} ${input} ${output}`),
    definitions: domain === "general" ? [] : definitionsOf(domain).map(({ text }) => text),
  });
  const words = domainWords({ [first.domain]: textsOf(first), [second.domain]: textsOf(second) });
  return [
    domainLeakage({ triples: first.triples, words, domain: first.domain, foreignDomain: second.domain }),
    domainLeakage({ triples: second.triples, words, domain: second.domain, foreignDomain: first.domain }),
  ];
}
