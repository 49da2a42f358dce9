// `bench novelty`: the novelty filter beside Self-Instruct's way (Python's rouge_score on all pairs, two processes), on the same lines in
// the same run. Python takes part on as many lines as fit into a minute or so; for more, its time is its seconds a pair times the pairs
// that the same filter has to compare.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { createNearDuplicateIndex, createNoveltyIndex, keepNovel, type NovelLines, textLines } from "../filter/index.js";
import type { Table, TableCell } from "../report/index.js";
import { clock, RunError, StoppedError, startStage } from "../runtime/index.js";
import type { Bench, BenchContext } from "./bench.js";
import { choicesFlag, countFlag } from "./flags.js";
import { noveltyLines } from "./novelty-lines.js";
import { benchFile, pythonEnvironment } from "./python-environment.js";

const threshold = 0.7;
const processes = 2;

interface OwnSide {
  lines: number;
  kept: number;
  /** Pairs that comparing every line with every line kept before it takes. */
  pairs: number;
  seconds: number;
  /** The same with the most similar line of all for each line, as generation stores it; only where it was asked for. */
  nearestSeconds?: number;
  /** MinHash before it: seconds of both, and how many lines it dropped. */
  withMinHash?: { seconds: number; dropped: number };
}

const secondsSince = (began: number): number => (clock.elapsed() - began) / 1000;

function pairsOf({ kept, rejected }: NovelLines): number {
  const isKept = new Set(kept);
  let [held, pairs] = [0, 0];
  for (let line = 0; line < kept.length + rejected.length; line++) {
    pairs += held;
    if (isKept.has(line)) held++;
  }
  return pairs;
}

async function ownSide(lines: readonly string[]): Promise<{ side: OwnSide; result: NovelLines }> {
  const began = clock.elapsed();
  const result = await keepNovel({ lines, threshold });
  return {
    result,
    side: { lines: lines.length, kept: result.kept.length, pairs: pairsOf(result), seconds: secondsSince(began) },
  };
}

function nearestSeconds(lines: readonly string[]): number {
  const index = createNoveltyIndex({ threshold });
  const began = clock.elapsed();
  lines.forEach((line, number) => {
    if (index.test(line).breach === null) index.add(String(number), line);
  });
  return secondsSince(began);
}

function withMinHash(lines: readonly string[]): { seconds: number; dropped: number } {
  const [near, index] = [createNearDuplicateIndex({ threshold }), createNoveltyIndex({ threshold })];
  let dropped = 0;
  const began = clock.elapsed();
  lines.forEach((line, number) => {
    if (near.breach(line) !== null) dropped++;
    else if (index.breach(line) === null) {
      near.add(String(number), line);
      index.add(String(number), line);
    }
  });
  return { seconds: secondsSince(began), dropped };
}

const pythonSchema = z.strictObject({ kept: z.array(z.number().int()), pairs: z.number().int(), seconds: z.number() });
export type PythonSide = z.infer<typeof pythonSchema>;

async function pythonSide(python: string, lines: readonly string[], signal: AbortSignal | undefined): Promise<PythonSide> {
  const child = spawn(python, [benchFile("rouge-novelty.py")], { stdio: ["pipe", "pipe", "pipe"], ...(signal && { signal }) });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  child.stdin.end(JSON.stringify({ threshold, processes, lines }));
  try {
    const [answer, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code === 0) return pythonSchema.parse(JSON.parse(answer));
    throw new RunError({ got: `rouge-novelty.py ended with ${code}: ${complaint.slice(-400)}`, todo: "see its message" });
  } catch (error) {
    if (signal?.aborted) throw new StoppedError("bench novelty");
    throw error;
  }
}

/** Lines kept by one side only. Only a pair of exactly the threshold may differ, which Python's floating point lets fall on either side. */
export function differingLines(ours: readonly number[], theirs: readonly number[]): number[] {
  const [a, b] = [new Set(ours), new Set(theirs)];
  return [...ours.filter((line) => !b.has(line)), ...theirs.filter((line) => !a.has(line))].sort((x, y) => x - y);
}

const cell = (value: string): TableCell => ({ text: value });
const figure = (value: number): string => String(Number(value.toPrecision(3)));

function tableOf(
  sides: readonly OwnSide[],
  python: { lines: number; side: PythonSide; differing: readonly number[] } | undefined,
): Table {
  const rate = python && python.side.seconds / python.side.pairs;
  return {
    title: `novelty filter: ROUGE-L F1 at most ${threshold}, first come first kept`,
    columns: ["lines", "kept", "pairs", "ours s", "nearest s", "MinHash first s", "Python s", "ratio"].map((label) => ({
      label,
      align: "right" as const,
    })),
    rows: sides.map(({ lines, kept, pairs, seconds, nearestSeconds: nearest, withMinHash: hashed }) => {
      const measured = python?.lines === lines;
      const theirs = measured ? python.side.seconds : rate !== undefined ? rate * pairs : undefined;
      return [
        cell(String(lines)),
        cell(String(kept)),
        cell(String(pairs)),
        cell(figure(seconds)),
        cell(nearest === undefined ? "–" : figure(nearest)),
        cell(hashed === undefined ? "–" : `${figure(hashed.seconds)} (${hashed.dropped} dropped)`),
        cell(theirs === undefined ? "–" : `${measured ? "" : "about "}${figure(theirs)}`),
        { text: theirs === undefined ? "–" : `${Math.round(theirs / seconds)} ×`, strong: true },
      ];
    }),
    footnotes: [
      "ours: one thread. nearest: with the most similar line of all for every line, as generation stores it.",
      ...(python
        ? [
            python.differing.length === 0
              ? `Both keep the same lines of the ${python.lines}.`
              : `Kept by one side only: lines ${python.differing.join(", ")} (only a pair of exactly 0.7 may differ, where floating point falls on either side).`,
            `Python: rouge_score against every line kept, ${processes} processes; measured on ${python.lines} lines (${figure(rate! * 1e6)} µs a pair), "about" is that times the pairs.`,
          ]
        : ["Python was not asked (--sides ours)."]),
    ],
  };
}

async function readLines(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of textLines(path)) lines.push(line);
  return lines;
}

const environmentOf = ({ onProgress, signal }: BenchContext): Promise<string> =>
  pythonEnvironment({
    ...{ name: "rouge", title: "rouge_score", requirements: "rouge-requirements.txt", download: "about 25 MB from PyPI" },
    ...{ otherwise: "measure our side alone by --sides ours", onProgress, signal },
  });

export const noveltyBench: Bench = {
  name: "novelty",
  summary: "speed of the novelty filter, beside Python's rouge_score on all pairs",
  flags: [
    ["--lines <number>", "lines to filter; default 5000"],
    ["--python-lines <number>", "lines that Python filters too, the first of them; default 800, about a minute"],
    ["--sides <names>", "ours, python or both (default)"],
    ["--file <file>", "lines of your own instead of invented ones"],
    ["--nearest", "time the search for the most similar line of all too"],
    ["--minhash", "time MinHash before ROUGE-L too"],
  ],
  async run(context) {
    const { flags, onProgress, signal } = context;
    const count = countFlag(flags, "lines", 5000);
    const pythonCount = Math.min(count, countFlag(flags, "pythonLines", 800));
    const sides = choicesFlag(flags, "sides", ["ours", "python"] as const);
    const all = (typeof flags.file === "string" ? await readLines(flags.file) : [...noveltyLines(count)]).slice(0, count);
    const python = sides.includes("python") ? await environmentOf(context) : undefined;
    const watch = startStage("bench novelty", onProgress);
    const counts = [...new Set([...(python ? [Math.min(pythonCount, all.length)] : []), all.length])];
    const measured: { side: OwnSide; result: NovelLines }[] = [];
    for (const lines of counts) {
      watch.update({ message: `ours, ${lines} lines` });
      const own = all.slice(0, lines);
      const { side, result } = await ownSide(own);
      const more = {
        ...(flags.nearest === true && { nearestSeconds: nearestSeconds(own) }),
        ...(flags.minhash === true && { withMinHash: withMinHash(own) }),
      };
      measured.push({ result, side: { ...side, ...more } });
    }
    const own = measured.map(({ side }) => side);
    if (python === undefined) {
      watch.finish(`${all.length} lines`);
      return { document: { threshold, ours: own }, tables: [tableOf(own, undefined)] };
    }
    watch.update({ message: `Python, ${counts[0]} lines` });
    const theirs = await pythonSide(python, all.slice(0, counts[0]), signal);
    watch.finish(`${all.length} lines`);
    const largest = own.at(-1)!;
    const differing = differingLines(measured[0]!.result.kept, theirs.kept);
    const pythonSeconds = (theirs.seconds / theirs.pairs) * largest.pairs;
    return {
      document: {
        ...{ threshold, threads: availableParallelism(), processes, ours: own, python: { lines: counts[0], ...theirs } },
        differing,
        extrapolatedPythonSeconds: pythonSeconds,
        ratio: pythonSeconds / largest.seconds,
      },
      tables: [tableOf(own, { lines: counts[0]!, side: theirs, differing })],
    };
  },
};
