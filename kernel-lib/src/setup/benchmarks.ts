// The benchmarks' original files, from their public repositories. Where they cannot be reached, runs use the mini set and say so; the attempt is
// remembered, so that the next start does not wait for a network that is not there.
import { existsSync, rmSync } from "node:fs";
import { listBenchmarks, pullBenchmarks } from "../evaluate/index.js";
import { cacheDirectory, clock, errorLine, InputError, RunError, writeJson } from "../runtime/index.js";
import type { SetupStep } from "./step.js";

const attempt = (): string => cacheDirectory("benchmarks", "unreachable.json");
const secondsPerFile = 15;

export const benchmarksStep: SetupStep = {
  id: "benchmarks",
  title: "benchmark files (NCBI-disease, AnatEM, BioNLP13CG, PubMedQA)",
  size: "5 MB from GitHub",
  required: false,
  check() {
    const missing = listBenchmarks().filter(({ state }) => state !== "ok");
    if (missing.length === 0) return { ready: true, detail: "original files" };
    const todo = "npm run selfspec -- data pull tries again, --from DIR takes local copies";
    const detail = `runs use the mini set: ${missing.map(({ title }) => title).join(", ")} not here`;
    return { ready: false, detail, todo, givenUp: existsSync(attempt()) };
  },
  async install(signal) {
    try {
      await pullBenchmarks({ timeoutMs: secondsPerFile * 1000, signal });
      rmSync(attempt(), { force: true });
    } catch (error) {
      if (error instanceof InputError) throw error; // a file with another checksum: the network is not at fault
      if (!signal?.aborted) writeJson(attempt(), { date: clock.isoDate(), reason: errorLine(error) });
      throw new RunError(
        {
          got: "their repositories could not be reached",
          todo: "runs use the mini set and say so; data pull names each file and where to put it by hand",
        },
        { cause: error },
      );
    }
  },
};
