// The originals, where they are at hand; tests that need them are skipped by name elsewhere.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../../kernel-lib/src/runtime/index.js";

const folder = join(projectRoot(), "..", "shared", "benchmarks");

export const originals = existsSync(join(folder, "raw")) ? folder : undefined;
