// The benchmarks' original files, from their public repositories. Where they cannot be reached, runs use the mini set and say so.
import { listBenchmarks, pullBenchmarks } from "../evaluate/index.js";
import { InputError, RunError } from "../runtime/index.js";
import type { SetupStep } from "./step.js";

const secondsPerFile = 15;

/** What `npm start` scores, and the seeds of its generic baseline; `data pull` brings the other tasks' files. */
const pulled = ["ncbi-disease", "anatem", "bionlp13cg", "pubmedqa", "general-seeds"];

export const benchmarksStep: SetupStep = {
  id: "benchmarks",
  title: "benchmark files (NCBI-disease, AnatEM, BioNLP13CG, PubMedQA; Self-Instruct's seeds)",
  size: "5 MB from GitHub",
  required: false,
  check() {
    const missing = listBenchmarks().filter(
      ({ id, state, domain }) => pulled.includes(id) && state !== "ok" && domain !== "general",
    );
    if (missing.length === 0) return { ready: true, detail: "original files" };
    const todo = "npm run selfspec -- data pull tries again, --from DIR takes local copies";
    const detail = `runs use the mini set: ${missing.map(({ title }) => title).join(", ")} not here`;
    return { ready: false, detail, todo };
  },
  async install(signal) {
    try {
      await pullBenchmarks({ tasks: pulled, timeoutMs: secondsPerFile * 1000, signal });
    } catch (error) {
      if (error instanceof InputError) throw error; // a file with another checksum: the network is not at fault
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
