// `bench retrieval`: building a corpus and asking it, by us and by bm25s (Python) on the same passages and queries, in one run.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { openBuiltCorpus } from "../corpus/index.js";
import { clock, errorLine, projectRoot, RunError, StoppedError, startStage, toJsonl } from "../runtime/index.js";
import type { Bench, BenchContext } from "./bench.js";
import { choicesFlag, countFlag } from "./flags.js";
import { readMemory } from "./process-usage.js";
import { benchFile, pythonEnvironment } from "./python-environment.js";
import { agreement, type Hits, type RetrievalSide, retrievalTables } from "./retrieval-tables.js";
import { benchPassage, benchQuery } from "./retrieval-texts.js";

const execute = promisify(execFile);
const command = join(projectRoot(), "kernel-lib", "dist", "cli", "main.js");
const sideNames = ["selfspec", "bm25s"] as const;

interface Task {
  corpus: string;
  /** A fifth of the passages: how memory grows. */
  part: string;
  queries: string;
  asked: readonly string[];
  top: number;
  folder: string;
}

async function writePassages(path: string, count: number): Promise<string> {
  const file = createWriteStream(path);
  for (let index = 0; index < count; index++)
    if (!file.write(`${JSON.stringify(benchPassage(index))}\n`)) await once(file, "drain");
  file.end();
  await finished(file);
  return path;
}

/** `corpus build` in a process of its own, as a user starts it. */
async function timeBuild(source: string, to: string, signal: AbortSignal | undefined) {
  const began = clock.elapsed();
  const child = spawn(process.execPath, [command, "corpus", "build", source, "--to", to, "--json"], { signal });
  let [said, peakBytes] = ["", undefined as number | undefined];
  const look = (): void => {
    peakBytes = (child.pid === undefined ? undefined : readMemory(child.pid)?.peakBytes) || peakBytes;
  };
  child.stdout.resume();
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const looking = setInterval(look, 50);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code !== 0) throw new RunError({ got: `corpus build ended with ${code}: ${said.trim()}` });
  } catch (error) {
    if (signal?.aborted) throw new StoppedError("the benchmark");
    throw error;
  } finally {
    clearInterval(looking);
  }
  return { seconds: (clock.elapsed() - began) / 1000, peakBytes };
}

async function ourSide({ corpus, part, asked, top, folder }: Task, signal: AbortSignal | undefined): Promise<RetrievalSide> {
  const smaller = await timeBuild(part, join(folder, "part"), signal);
  const built = await timeBuild(corpus, join(folder, "whole"), signal);
  const opened = await openBuiltCorpus(join(folder, "whole"));
  try {
    await opened.search(asked[0]!, top); // the first search loads the index
    const querySeconds: number[] = [];
    const hits: Hits[] = [];
    for (const query of asked) {
      if (signal?.aborted) throw new StoppedError("the benchmark");
      const began = clock.elapsed();
      const found = await opened.search(query, top);
      querySeconds.push((clock.elapsed() - began) / 1000);
      hits.push(found.map(({ id, score }) => [id, score]));
    }
    return {
      ...{ side: "selfspec", note: `LanceDB, Node ${process.versions.node}`, hits, querySeconds },
      ...{ buildSeconds: built.seconds, peakBytes: built.peakBytes, partPeakBytes: smaller.peakBytes },
    };
  } finally {
    opened.close();
  }
}

const answerSchema = z.object({
  note: z.string(),
  buildSeconds: z.number(),
  peakBytes: z.number(),
  querySeconds: z.array(z.number()),
  hits: z.array(z.array(z.tuple([z.string(), z.number()]))),
});

async function theirSide({ corpus, queries, top }: Task, { onProgress, signal }: BenchContext): Promise<RetrievalSide> {
  const python = await pythonEnvironment({
    ...{ name: "bm25s", title: "bm25s", requirements: "retrieval-requirements.txt", download: "about 20 MB from PyPI" },
    ...{ otherwise: "measure our side alone by --sides selfspec", onProgress, signal },
  });
  const args = [benchFile("bm25s-search.py"), corpus, queries, String(top)];
  const { stdout } = await execute(python, args, { maxBuffer: 1 << 28, signal });
  return { side: "bm25s", ...answerSchema.parse(JSON.parse(stdout)) };
}

export const retrievalBench: Bench = {
  name: "retrieval",
  summary: "building a corpus and asking it, beside bm25s (Python)",
  flags: [
    ["--passages <number>", "default 100000"],
    ["--queries <number>", "default 500"],
    ["--top <number>", "passages a query; default 10"],
    ["--sides <names>", "selfspec, bm25s or both (default)"],
  ],
  async run(context) {
    const { flags, onProgress, signal, say } = context;
    const passages = countFlag(flags, "passages", 100_000);
    const queryCount = countFlag(flags, "queries", 500);
    const top = countFlag(flags, "top", 10);
    const wanted = choicesFlag(flags, "sides", sideNames);
    const folder = mkdtempSync(join(tmpdir(), "selfspec-retrieval-"));
    try {
      say(`${passages} passages, ${queryCount} queries, about a minute; other work on this machine spoils the figures`);
      const watch = startStage("bench retrieval", onProgress);
      const rows = Array.from({ length: queryCount }, (_, index) => benchQuery(index));
      const task: Task = {
        corpus: await writePassages(join(folder, "corpus.jsonl"), passages),
        part: await writePassages(join(folder, "part.jsonl"), Math.ceil(passages / 5)),
        queries: join(folder, "queries.jsonl"),
        ...{ asked: rows.map(({ query }) => query), top, folder },
      };
      writeFileSync(task.queries, toJsonl(rows));
      const sides: RetrievalSide[] = [];
      let missing: string | undefined;
      if (wanted.includes("selfspec")) {
        watch.update({ done: 0, total: wanted.length, unit: "sides", message: "selfspec" });
        sides.push(await ourSide(task, signal));
      }
      if (wanted.includes("bm25s")) {
        watch.update({ done: sides.length, total: wanted.length, unit: "sides", message: "bm25s" });
        try {
          sides.push(await theirSide(task, context));
        } catch (error) {
          if (signal?.aborted) throw new StoppedError("the benchmark");
          missing = `bm25s was not measured: ${errorLine(error)}`;
          say(missing);
        }
      }
      watch.finish(sides.map(({ side }) => side).join(", "));
      const agreed = agreement(sides);
      return {
        document: {
          ...{ passages, queries: queryCount, top, missing, agreement: agreed },
          sides: sides.map(({ hits: _, ...figures }) => figures),
        },
        tables: retrievalTables({ passages, queries: queryCount, top, sides, agreed, missing }),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
