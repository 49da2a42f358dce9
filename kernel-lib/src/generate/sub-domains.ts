// Sub-domains that a prompt may name, so that a small model's tasks do not all circle the first topics of its seeds. The lists are ours.
import { deriveRandom } from "../runtime/index.js";
import type { SeedDomain } from "../seeds/index.js";

/** The list that `subDomains: "default"` stands for. */
export const defaultSubDomains: Readonly<Record<SeedDomain, readonly string[]>> = {
  biomedicine: [
    "genetics and genomics",
    "oncology",
    "infectious diseases",
    "pharmacology and drug interactions",
    "immunology",
    "cardiology",
    "neurology",
    "endocrinology and metabolism",
    "anatomy and histology",
    "epidemiology and public health",
    "clinical trials",
    "molecular and cell biology",
    "microbiology",
    "paediatrics",
    "psychiatry",
    "surgery and anaesthesia",
  ],
  finance: [
    "corporate earnings",
    "equity markets",
    "bonds and interest rates",
    "currencies",
    "commodities and precious metals",
    "banking",
    "insurance",
    "mergers and acquisitions",
    "financial statements",
    "taxation",
    "real estate",
    "pension funds",
    "central banks and inflation",
    "regulation and compliance",
    "credit and loans",
    "personal finance",
  ],
  general: [
    "cooking and food",
    "travel",
    "history",
    "language and grammar",
    "arithmetic",
    "science at school",
    "letters and e-mail",
    "stories and poems",
    "sports and games",
    "health and fitness",
    "work and careers",
    "music and film",
    "technology",
    "nature and animals",
    "shopping",
    "family and friends",
  ],
};

/** What the preset's `subDomains` comes to: a list, empty where prompts name none. */
export function listSubDomains(chosen: "default" | readonly string[] | null, domain: SeedDomain): readonly string[] {
  return chosen === "default" ? defaultSubDomains[domain] : (chosen ?? []);
}

/** The sub-domain of one prompt, drawn for its key alone; undefined where there is none to draw from. */
export function drawSubDomain(list: readonly string[], key: (string | number)[]): string | undefined {
  return list.length === 0 ? undefined : list[deriveRandom(...key, "sub-domain").integer(list.length)];
}
