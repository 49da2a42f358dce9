// What a benchmark is: a name, its flags, and a run that ends in tables and one JSON document. A new one is a file and a line in benches.ts.
import type { Table } from "../report/index.js";
import type { OnProgress } from "../runtime/index.js";

/** The flags of the command line as they were given: "--steps 3" is `{ steps: "3" }`, "--quick" is `{ quick: true }`. */
export type BenchFlags = Readonly<Record<string, string | boolean | undefined>>;

export interface BenchContext {
  flags: BenchFlags;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
  /** Tells a person something before the result is there. */
  say: (line: string) => void;
}

export interface BenchOutcome {
  /** All numbers, unrounded: what `--json` prints. */
  document: unknown;
  tables: readonly Table[];
}

export interface Bench {
  name: string;
  /** One line of help. */
  summary: string;
  /** As commander takes them: "--steps <number>" and what it means. */
  flags: readonly (readonly [flag: string, meaning: string])[];
  /** @throws InputError for a flag that cannot be read. */
  run(context: BenchContext): Promise<BenchOutcome>;
}
