// Reads a seed file, one seed a line; every complaint names the file and the line.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError, projectRoot, readJsonl, sha256 } from "../runtime/index.js";
import { findGeneralSeeds, generalSeedFile, seedOfTask, seedTaskSchema } from "./general-seeds.js";
import { domains, type Seed, type SeedDomain, seedSchema } from "./seed.js";

/** A line in this project's format or in Self-Instruct's, told apart by the field that only the latter has. */
const lineSchema: z.ZodType<Seed> = z.unknown().transform((line, context) => {
  const isTask = typeof line === "object" && line !== null && "instances" in line;
  const parsed = isTask ? seedTaskSchema.transform(seedOfTask).safeParse(line) : seedSchema.safeParse(line);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: "custom", path, message });
  return z.NEVER;
});

/** A schema for one file: each seed id may come once, and all rows belong to `domain` where one is given. */
function fileSchema(domain: SeedDomain | undefined): z.ZodType<Seed> {
  const seen = new Set<string>();
  return lineSchema.superRefine((seed, context) => {
    if (seen.has(seed.id))
      context.addIssue({ code: "custom", path: ["id"], message: `${seed.id} is already the id of a line above` });
    seen.add(seed.id);
    if (domain && seed.domain !== domain)
      context.addIssue({ code: "custom", path: ["domain"], message: `got ${seed.domain} in a set asked for as ${domain}` });
  });
}

function readSeedFile(path: string, domain: SeedDomain | undefined): Seed[] {
  const seeds = readJsonl(path, fileSchema(domain), "seed");
  if (seeds.length === 0)
    throw new InputError({ got: `${path} holds no seeds`, allowed: "one seed a line", todo: "check the path" });
  return seeds;
}

function readGeneralSeeds(): Seed[] {
  const path = findGeneralSeeds();
  const got = sha256(readFileSync(path));
  if (got !== generalSeedFile.sha256)
    throw new InputError({
      got: `${path} has sha256 ${got}`,
      allowed: generalSeedFile.sha256,
      todo: "move it away and run `npm run selfspec -- data pull`; seeds of your own are loaded by their path",
    });
  return readSeedFile(path, "general");
}

/**
 * Loads seeds in file order: of one domain, of the caller's own file, or of every embedded domain when neither is named. "general" is the
 * pulled file of Self-Instruct's tasks. With both, the file is read and each of its rows must be of that domain.
 * @throws InputError for a missing or empty file and, naming the line, for a malformed row, a repeated id or a foreign domain.
 */
export function loadSeeds({ domain, path }: { domain?: SeedDomain; path?: string } = {}): Seed[] {
  if (path !== undefined) return readSeedFile(path, domain);
  if (domain === "general") return readGeneralSeeds();
  const wanted = domain === undefined ? domains : [domain];
  return wanted.flatMap((name) => readSeedFile(join(projectRoot(), "data", "seeds", `${name}.jsonl`), name));
}

/**
 * The one domain that all seeds belong to: what prompts made of them should name.
 * @throws InputError for no seeds or a mixture.
 */
export function domainOf(seeds: readonly Seed[]): SeedDomain {
  const found = [...new Set(seeds.map(({ domain }) => domain))];
  if (found.length === 1) return found[0]!;
  throw new InputError({
    got: found.length === 0 ? "no seeds" : `seeds of ${found.join(" and ")} in one set`,
    allowed: "seeds of one domain",
    todo: "split the file",
  });
}
