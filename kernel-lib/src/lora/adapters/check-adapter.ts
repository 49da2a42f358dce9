// After training and before evaluation: do base + adapter here, base + adapter in the server and the merged model say the same?
import { loadTokenizer, readGguf, type Tokenizer } from "../../models/index.js";
import { RunError } from "../../runtime/index.js";
import type { Backend } from "../backends/backend.js";
import { type Agreement, compareDistributions, ownLogProbs } from "./agreement.js";

/**
 * Largest difference of a log-probability that the file type of the server explains. Measured on base and base + adapter: F16 0.02,
 * BF16 0.07, Q8_0 0.37, Q4_1 0.46; a server without the adapter is off by 3.5 nats after 14 steps of training.
 */
const tolerances: Record<string, number> = { F32: 0.03, F16: 0.03, BF16: 0.15, Q8_0: 0.8 };
const otherTolerance = 1;

/** Of base + adapter and the merged model, both float32 in this process: they differ in the order of sums alone (measured: 0.00003). */
const mergedTolerance = 0.005;

export interface AdapterCheck extends Agreement {
  /** The type of most of the weights in the server's file, and what it allows. */
  fileType: string;
  tolerance: number;
  /** The merged model's largest difference of a log-probability, over the same tokens: from base + adapter here, from the server. */
  merged?: { own: number; server: number };
}

export type CheckTokenizer = Pick<Tokenizer, "encode" | "decode" | "bos" | "eos" | "addBos">;

export interface CheckAdapterOptions {
  /** The GGUF file that was trained on. */
  modelPath: string;
  /** The file that the server runs; default: the same. */
  servedPath?: string;
  /** The adapter, a PEFT folder or a GGUF LoRA; leave out to check the base. */
  adapter?: string | undefined;
  prompts: readonly string[];
  /**
   * Asks the server for its ten likeliest next tokens after a prompt: token text to log-probability (`topLogprobs`); {} where it ends
   * the text at once, as the protocol reports nothing then.
   */
  serverLogProbs: (prompt: string) => Promise<Readonly<Record<string, number>>>;
  backend?: Backend;
  /** Default: the model file's own. */
  tokenizer?: CheckTokenizer;
}

/** The tensor type that most of a model's weights have. */
export function fileTypeOf(path: string): string {
  const file = readGguf(path);
  const bulk = new Map<string, number>();
  for (const { type, elements } of file.tensors.values()) bulk.set(type, (bulk.get(type) ?? 0) + elements);
  file.close();
  return [...bulk].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
}

/**
 * A hundredth: tokens that both sides think less likely do not count. Eight bits move the logarithm of a small probability by more than a nat
 * once a training has made the model sure (seen: 1.27 after twelve epochs), and no greedy answer comes from there.
 */
const leastLogProb = Math.log(0.01);

const candidates = 500; // of our likeliest tokens, among which the server's texts are looked up

/** The server's texts as token numbers; texts that several likely tokens share say nothing about either and are left out. */
function byNumber(
  texts: Readonly<Record<string, number>>,
  own: Float32Array,
  textOf: (id: number) => string,
): { found: Map<number, number>; missing: string[] } {
  const likely = Array.from(own.keys())
    .sort((a, b) => own[b]! - own[a]!)
    .slice(0, candidates);
  const ids = new Map<string, number[]>();
  for (const id of likely) ids.set(textOf(id), [...(ids.get(textOf(id)) ?? []), id]);
  const found = new Map<number, number>();
  const missing: string[] = [];
  for (const [text, logProb] of Object.entries(texts)) {
    const matches = ids.get(text) ?? [];
    if (matches.length === 1) found.set(matches[0]!, logProb);
    else if (matches.length === 0 && !text.includes("\uFFFD")) missing.push(text);
  }
  return { found, missing };
}

/**
 * Compares log-probabilities of the trained model (base and adapter, float32, in this process) with the server's, and those of the
 * merged model with both. The model is loaded twice, one after the other.
 * @throws RunError when they are further apart than the server's file type explains: evaluation would then measure another model.
 */
export async function checkAdapter(options: CheckAdapterOptions): Promise<AdapterCheck> {
  const { modelPath, servedPath = modelPath, adapter, prompts, serverLogProbs, backend } = options;
  const fileType = fileTypeOf(servedPath);
  const tolerance = tolerances[fileType] ?? otherTolerance;
  const loaded = options.tokenizer ? undefined : await loadTokenizer(modelPath);
  const tokenizer = options.tokenizer ?? loaded!;
  const start = tokenizer.addBos && tokenizer.bos !== undefined ? [tokenizer.bos] : [];
  const tokens = prompts.map((text) => [...start, ...tokenizer.encode(text)]);
  const own = await ownLogProbs({ modelPath, adapter, backend, prompts: tokens });
  const refuse = (got: string): never => {
    throw new RunError({
      got,
      allowed: `a difference of ${tolerance} for a ${fileType} file`,
      todo: "the server does not run what was trained: check its model file and adapter",
    });
  };
  const server: Map<number, number>[] = [];
  try {
    for (const [i, prompt] of prompts.entries()) {
      const texts = await serverLogProbs(prompt);
      const { found, missing } = byNumber(texts, own[i]!, (id) => tokenizer.decode([id], { special: true }));
      if (missing.length > 0)
        refuse(`the server expects ${JSON.stringify(missing[0])} next, which the trained model thinks very unlikely`);
      const best = own[i]!.reduce((a, b) => Math.max(a, b));
      const endsHereToo = tokenizer.eos.some((id) => own[i]![id]! >= best - tolerance);
      if (Object.keys(texts).length === 0 && !endsHereToo)
        refuse(`the server ends the text after ${JSON.stringify(prompt.slice(-30))}, where the trained model goes on`);
      server.push(new Map([...found].filter(([id, logProb]) => Math.max(logProb, own[i]![id]!) >= leastLogProb)));
    }
  } finally {
    await loaded?.dispose();
  }
  const compared = server.flatMap(({ size }, i) => (size > 0 ? [i] : []));
  if (compared.length === 0) refuse("the server gave no log-probabilities that could be compared");
  const [ours, theirs] = [compared.map((i) => own[i]!), compared.map((i) => server[i]!)];
  const check = { ...compareDistributions(ours, theirs), fileType, tolerance };
  if (!(check.worst <= tolerance))
    refuse(`the server's log-probabilities are ${check.worst.toFixed(2)} away from the trained model's`);
  if (adapter === undefined) return check;
  const together = await ownLogProbs({ modelPath, adapter, merged: true, backend, prompts: compared.map((i) => tokens[i]!) });
  const same = ours.map((logProbs, i) => new Map([...theirs[i]!.keys()].map((id) => [id, logProbs[id]!])));
  const merged = { own: compareDistributions(together, same).worst, server: compareDistributions(together, theirs).worst };
  if (!(merged.own <= mergedTolerance))
    throw new RunError({
      got: `the merged model's log-probabilities are ${merged.own.toPrecision(2)} away from those of base + adapter`,
      allowed: `a difference of ${mergedTolerance}`,
      todo: "the adapter file does not mean what was trained: train again, and report it",
    });
  if (!(merged.server <= tolerance))
    refuse(`the server's log-probabilities are ${merged.server.toFixed(2)} away from the merged model's`);
  return { ...check, merged };
}
