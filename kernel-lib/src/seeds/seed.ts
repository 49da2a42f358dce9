// A seed: one (instruction, input, output) triple of a domain, written and checked by an author rather than sampled (Kang et al. 2024, Figure 2).
import { z } from "zod";

export const domains = ["biomedicine", "finance"] as const;
/** What a model can be specialised in. */
export type Domain = (typeof domains)[number];

/** Where seeds can come from: "general" is the baseline that knows no domain, Self-Instruct's tasks. */
export const seedDomains = [...domains, "general"] as const;
export type SeedDomain = (typeof seedDomains)[number];

export const seedSchema = z.strictObject({
  id: z.string().regex(/^[a-z]+-\d{3}$/, "ids look like bio-001"),
  domain: z.enum(seedDomains),
  /** The task kind in kebab-case: "disease-extraction", "yes-no-question". */
  task: z.string().regex(/^[a-z0-9-]+$/, "task kinds are kebab-case"),
  instruction: z.string().min(1),
  /** The context the instruction works on; empty where the instruction needs none. */
  input: z.string(),
  output: z.string().min(1),
  source: z.string().min(1),
  licence: z.string().min(1),
});
export type Seed = z.infer<typeof seedSchema>;
