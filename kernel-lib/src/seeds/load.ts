// Reads a seed file, one seed a line; every complaint names the file and the line.

import { join } from "node:path";
import { InputError, projectRoot, readJsonl } from "../runtime/index.js";
import { type Domain, domains, type Seed, seedSchema } from "./seed.js";

/** A schema for one file: each seed id may come once, and all rows belong to `domain` where one is given. */
function fileSchema(domain: Domain | undefined) {
  const seen = new Set<string>();
  return seedSchema.superRefine((seed, context) => {
    if (seen.has(seed.id))
      context.addIssue({ code: "custom", path: ["id"], message: `${seed.id} is already the id of a line above` });
    seen.add(seed.id);
    if (domain && seed.domain !== domain)
      context.addIssue({ code: "custom", path: ["domain"], message: `got ${seed.domain} in a set asked for as ${domain}` });
  });
}

function readSeedFile(path: string, domain: Domain | undefined): Seed[] {
  const seeds = readJsonl(path, fileSchema(domain), "seed");
  if (seeds.length === 0)
    throw new InputError({ got: `${path} holds no seeds`, allowed: "one seed a line", todo: "check the path" });
  return seeds;
}

/**
 * Loads seeds in file order: of one domain, of the caller's own file, or of every domain when neither is named.
 * With both, the file is read and each of its rows must be of that domain.
 * @throws InputError for a missing or empty file and, naming the line, for a malformed row, a repeated id or a foreign domain.
 */
export function loadSeeds({ domain, path }: { domain?: Domain; path?: string } = {}): Seed[] {
  if (path !== undefined) return readSeedFile(path, domain);
  const wanted = domain === undefined ? domains : [domain];
  return wanted.flatMap((name) => readSeedFile(join(projectRoot(), "data", "seeds", `${name}.jsonl`), name));
}
