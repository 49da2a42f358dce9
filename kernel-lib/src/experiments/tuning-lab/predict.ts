// What an adapter does to one sentence and to rows it has not seen: the model with and without it, by the trainer's own transformer in
// float32.
import { completionStops } from "../../dataset/index.js";
import { openPredictor, type Predictor, type TrainingRow, tokenizeRow } from "../../lora/index.js";
import { loadTokenizer, type Tokenizer } from "../../models/index.js";

export interface PredictJob {
  modelPath: string;
  adapter: string;
  /** The sentence: what follows its prompt is looked at. */
  row: TrainingRow;
  /** Tokens of the continuation at most. */
  continuationTokens: number;
  /** Their completions' losses are measured. */
  rows: readonly TrainingRow[];
}

/** A possible next token with its probability without and with the adapter. */
export interface NextToken {
  text: string;
  before: number;
  after: number;
}

interface Seen {
  /** The likeliest token, then the likeliest after it, until the model ends its answer. */
  continuation: string;
  /** Mean negative log-likelihood of a row's completion, nats a token, in the rows' order. */
  losses: number[];
}

export interface PredictResult {
  row: TrainingRow;
  /** The ten likeliest by the higher of the two probabilities, falling. */
  nextTokens: NextToken[];
  before: Seen;
  after: Seen;
  /** Completion tokens of each row. */
  targetTokens: number[];
}

const shown = 10;

const likeliest = (logProbs: Float32Array): number => logProbs.indexOf(logProbs.reduce((a, b) => Math.max(a, b)));

async function continueGreedily(predictor: Predictor, tokenizer: Tokenizer, prompt: readonly number[], limit: number) {
  const tokens = [...prompt];
  while (tokens.length < prompt.length + limit) {
    const [logProbs] = await predictor.logProbs(tokens);
    const next = likeliest(logProbs!);
    if (tokenizer.eos.includes(next)) break;
    tokens.push(next);
    const text = tokenizer.decode(tokens.slice(prompt.length));
    const stop = completionStops.find((mark) => text.includes(mark));
    if (stop !== undefined) return text.split(stop)[0]!.trim();
  }
  return tokenizer.decode(tokens.slice(prompt.length)).trim();
}

async function completionLoss(predictor: Predictor, { ids, promptTokens }: { ids: readonly number[]; promptTokens: number }) {
  const targets = ids.slice(promptTokens);
  const positions = targets.map((_, index) => promptTokens + index - 1);
  const logProbs = await predictor.logProbs(ids.slice(0, -1), positions);
  return -targets.reduce((sum, id, index) => sum + logProbs[index]![id]!, 0) / targets.length;
}

/** Loads the model twice, one after the other. */
export async function predict({ modelPath, adapter, row, continuationTokens, rows }: PredictJob): Promise<PredictResult> {
  const tokenizer = await loadTokenizer(modelPath);
  const { ids, promptTokens } = tokenizeRow(tokenizer, row);
  const prompt = ids.slice(0, promptTokens);
  const tokenRows = rows.map((each) => tokenizeRow(tokenizer, each));
  const look = async (path: string | undefined): Promise<Seen & { next: Float32Array }> => {
    const predictor = await openPredictor({ modelPath, adapter: path });
    try {
      const [next] = await predictor.logProbs(prompt);
      const continuation = await continueGreedily(predictor, tokenizer, prompt, continuationTokens);
      const losses: number[] = [];
      for (const tokens of tokenRows) losses.push(await completionLoss(predictor, tokens));
      return { next: next!, continuation, losses };
    } finally {
      predictor.close();
    }
  };
  const { next: base, ...before } = await look(undefined);
  const { next: tuned, ...after } = await look(adapter);
  const nextTokens = Array.from(base.keys())
    .sort((a, b) => Math.max(base[b]!, tuned[b]!) - Math.max(base[a]!, tuned[a]!))
    .slice(0, shown)
    .map((id) => ({
      text: tokenizer.decode([id], { special: true }),
      before: Math.exp(base[id]!),
      after: Math.exp(tuned[id]!),
    }));
  await tokenizer.dispose();
  return { row, nextTokens, before, after, targetTokens: tokenRows.map((each) => each.ids.length - each.promptTokens) };
}
