// `bench inference`: tokens/s of the embedded server, as its clients meet it, and of llama.cpp itself (llama-cpp-python's batches) with the
// same file, threads and batch, alternately.
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { defaultModel, type RequantisedType, requantisedModel, requantisedTypes, resolveModel } from "../models/index.js";
import { deriveRandom, errorLine, InputError, StoppedError, startStage } from "../runtime/index.js";
import type { Bench, BenchContext } from "./bench.js";
import { choicesFlag, countFlag } from "./flags.js";
import { type InferenceSettings, type InferenceSide, openOurSide, openTheirSide } from "./inference-sides.js";
import { type InferenceRow, type InferenceShape, inferenceFigures, inferenceTable } from "./inference-tables.js";
import { pythonEnvironment } from "./python-environment.js";

const sideNames = ["selfspec", "llama.cpp"] as const;
const sequences = 8;

const shapes: readonly InferenceShape[] = [
  { name: "decode, batch 1", sequences: 1, promptWords: 8, tokens: 64, counted: "generated" },
  { name: "decode, batch 8", sequences: 8, promptWords: 8, tokens: 64, counted: "generated" },
  { name: "prompts of 512, batch 1", sequences: 1, promptWords: 512, tokens: 1, counted: "prompt" },
  { name: "prompts of 512, batch 8", sequences: 8, promptWords: 512, tokens: 1, counted: "prompt" },
];

/** Words that most vocabularies know as one token. */
const words =
  "time people water place house world school state family group country problem hand part case week company system".split(" ");

/** Texts that no earlier one begins like, so that no side finds anything in memory. */
function benchPrompts({ name, sequences: count, promptWords }: InferenceShape, round: number): string[] {
  return Array.from({ length: count }, (_, row) => {
    const random = deriveRandom(`bench inference/${name}/${round}/${row}`);
    return Array.from({ length: promptWords }, () => words[Math.floor(random.uniform() * words.length)]!).join(" ");
  });
}

async function servedFile({ flags, onProgress, signal }: BenchContext): Promise<string> {
  const model = await resolveModel({
    model: typeof flags.model === "string" ? flags.model : defaultModel.id,
    ...{ onProgress, signal },
  });
  const weights = flags.weights ?? "F16";
  if (weights === "as-shipped") return model.path;
  const type = requantisedTypes.find((known): known is RequantisedType => known === weights);
  if (type === undefined)
    throw new InputError({ got: `--weights ${weights}`, allowed: ["as-shipped", ...requantisedTypes].join(", ") });
  return requantisedModel({ model, type, onProgress, signal });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** One round: ours first, then llama.cpp with as many tokens as ours generated. */
async function measureRound(row: { shape: InferenceShape; ours: number[]; theirs: number[] }, sides: Sides, round: number) {
  const { shape } = row;
  const prompts = benchPrompts(shape, round);
  let tokens: readonly number[] = prompts.map(() => shape.tokens);
  for (const [side, speeds] of [
    [sides.ours, row.ours],
    [sides.theirs, row.theirs],
  ] as const) {
    if (!side) continue;
    const time = await side.run({ prompts, tokens });
    speeds.push(sum(shape.counted === "prompt" ? time.promptTokens : time.completionTokens) / time.seconds);
    tokens = time.completionTokens;
  }
}

interface Sides {
  ours: InferenceSide | undefined;
  theirs: InferenceSide | undefined;
}

async function openTheirs(
  settings: InferenceSettings & { flashAttention: "auto" | "off" },
  { onProgress, signal }: BenchContext,
): Promise<InferenceSide> {
  const python = await pythonEnvironment({
    ...{ name: "llama-cpp-python", title: "llama-cpp-python", requirements: "inference-requirements.txt" },
    download: "90 MB from PyPI, compiled here: up to half an hour",
    ...{ otherwise: "measure our side alone by --sides selfspec", onProgress, signal },
  });
  return openTheirSide(settings, { python, signal });
}

export const inferenceBench: Bench = {
  name: "inference",
  summary: "tokens/s of the embedded server, beside llama.cpp's own batches",
  flags: [
    ["--threads <number>", "of both sides; default one a core"],
    ["--rounds <number>", "default 3"],
    ["--sides <names>", "selfspec, llama.cpp or both (default)"],
    ["--flash <when>", "flash attention of llama.cpp: auto (its own default) or off, as ours is, to answer the same to the bit"],
    ["--weights <type>", `as-shipped, ${requantisedTypes.join(", ")}; default F16`],
    ["--model <model>", `a registry id or the path of a GGUF file; default ${defaultModel.id}`],
  ],
  async run(context) {
    const { flags, onProgress, signal, say } = context;
    const threads = countFlag(flags, "threads", availableParallelism());
    const rounds = countFlag(flags, "rounds", 3);
    const wanted = choicesFlag(flags, "sides", sideNames);
    const [flashAttention = "auto"] = choicesFlag<"auto" | "off">(flags, "flash", ["auto", "off"]);
    const model = await servedFile(context);
    const settings: InferenceSettings = { model, threads, sequences, contextTokens: 1024 };
    say(`${rounds} rounds, a minute or two; other work on this machine spoils the figures`);
    const sides: Sides = { ours: undefined, theirs: undefined };
    let missing: string | undefined;
    try {
      if (wanted.includes("llama.cpp"))
        sides.theirs = await openTheirs({ ...settings, flashAttention }, context).catch((error: unknown) => {
          if (signal?.aborted) throw new StoppedError("the benchmark");
          missing = `llama.cpp itself was not measured: ${errorLine(error)}`;
          say(missing);
          return undefined;
        });
      if (wanted.includes("selfspec")) sides.ours = await openOurSide(settings, context);
      const watch = startStage("bench inference", onProgress);
      const rows = shapes.map((shape) => ({ shape, ours: [] as number[], theirs: [] as number[] }));
      for (let round = 0; round < rounds; round++)
        for (const [index, row] of rows.entries()) {
          watch.update({ done: round * rows.length + index, total: rounds * rows.length, unit: "runs", message: row.shape.name });
          await measureRound(row, sides, round);
        }
      watch.finish(`${rounds} rounds`);
      const notes = [
        `${basename(model)}, ${threads} threads on both sides; flash attention: ours off, llama.cpp ${flashAttention}`,
        ...[sides.ours, sides.theirs].flatMap((side) => side?.note.trim().replace(/\s*\|$/, "") ?? []),
      ];
      const measured: (InferenceRow & { figures: ReturnType<typeof inferenceFigures> })[] = rows.map((row) => ({
        ...row,
        figures: inferenceFigures(row),
      }));
      return {
        document: { model: basename(model), threads, rounds, flashAttention, missing, rows: measured },
        tables: [inferenceTable({ title: "Inference: the embedded server beside llama.cpp", rows, notes, missing })],
      };
    } finally {
      await sides.ours?.close();
      await sides.theirs?.close();
    }
  },
};
