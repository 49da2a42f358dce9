// An endpoint without a model: its text follows from prompt and seed alone, its pace does not, so that only order and concurrency vary.
import type { Completion, CompletionRequest, Endpoint } from "../../kernel-lib/src/endpoint/index.js";
import { deriveRandom, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import type { Seed } from "../../kernel-lib/src/seeds/index.js";

export interface ScriptedEndpoint extends Endpoint {
  readonly requests: CompletionRequest[];
  mostInFlight(): number;
}

type Write = (request: CompletionRequest, random: ReturnType<typeof deriveRandom>) => Partial<Completion>;

/** `failAt` makes that call (from 1) and all later ones throw `failWith`. */
export function scriptedEndpoint(
  write: Write,
  options: { failAt?: number; failWith?: Error; onCall?: (n: number) => void } = {},
): ScriptedEndpoint {
  const requests: CompletionRequest[] = [];
  let inFlight = 0;
  let most = 0;
  return {
    baseURL: "scripted",
    model: "scripted-model",
    concurrency: 2,
    description: "scripted",
    requests,
    mostInFlight: () => most,
    async complete(request) {
      requests.push(request);
      const call = requests.length;
      most = Math.max(most, ++inFlight);
      options.onCall?.(call);
      const turns = deriveRandom("pace", call).integer(6);
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      inFlight--;
      if (request.signal?.aborted) throw new StoppedError("a completion");
      if (options.failAt !== undefined && call >= options.failAt) throw options.failWith ?? new Error("the server is gone");
      const written = write(request, deriveRandom(request.prompt, request.seed ?? 0));
      return { text: "", finishReason: "stop", usage: { promptTokens: 10, completionTokens: 5 }, latencyMs: 1, ...written };
    },
    loadAdapter: () => Promise.reject(new Error("no adapters here")),
    fingerprint: (model = "scripted-model") => Promise.resolve(`scripted · ${model}`),
    close: () => Promise.resolve(),
  };
}

const nouns = ["liver", "kidney", "heart", "lung", "brain", "skin", "bone", "blood", "spleen", "colon", "nerve", "eye"];
const verbs = ["Name", "Describe", "Summarise", "Explain", "Compare", "Classify", "Rewrite", "Judge"];

/** Tasks of every fate: kept, near-duplicate, without input, cut off, not an instruction. */
export const writeTasks: Write = (request, random) => {
  const pick = (words: readonly string[]) => words[random.integer(words.length)]!;
  const instruction = `${pick(verbs)} the ${pick(nouns)} and the ${pick(nouns)} of the ${pick(nouns)} patient with ${pick(nouns)} disease`;
  const input = `The ${pick(nouns)} was seen beside the ${pick(nouns)} on day ${random.integer(90)}`;
  const fate = (request.seed! % 100) / 100;
  if (request.prompt.endsWith("Input:")) return { text: ` ${input}.` };
  if (request.stop?.includes("\n")) return { text: ` ${instruction}.` };
  if (fate < 0.15) return { text: ` ${instruction}.` };
  if (fate < 0.25) return { text: ` ${instruction}.\nInput: ${input}`, finishReason: "length" };
  if (fate < 0.3) return { text: " ..." };
  return { text: ` ${instruction}.\nInput: ${input}.` };
};

export const testSeeds: Seed[] = Array.from({ length: 12 }, (_, index) => ({
  id: `bio-${String(index + 1).padStart(3, "0")}`,
  domain: "biomedicine",
  task: `kind-${index % 4}`,
  instruction: `${verbs[index % verbs.length]} what is said about the ${nouns[index]} in sentence number ${index + 1}.`,
  input: `In sentence ${index + 1} the ${nouns[index]} was healthy.`,
  output: `${nouns[index]}`,
  source: "test",
  licence: "Apache-2.0",
}));
