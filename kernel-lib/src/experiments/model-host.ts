// The one model of a run: its file, and the endpoint that answers for it, each made ready when a stage first asks. Answers are kept in the call
// cache; with a replay bundle nobody is asked at all.
import { join } from "node:path";
import {
  type CallCache,
  cacheCalls,
  callLogName,
  type Endpoint,
  type Limits,
  meterCalls,
  openBatchEndpoint,
  openCallCache,
  openEndpoint,
  openReplay,
  type SpendMeter,
} from "../endpoint/index.js";
import { type CountTokens, tokenCounter } from "../evaluate/index.js";
import { loadTokenizer, type ResolvedModel, requantisedModel, resolveModel, type Tokenizer } from "../models/index.js";
import type { OnProgress } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import type { RunDirectory } from "./run-directory.js";
import type { TunedSystem } from "./systems.js";

/** The limits that are named. */
const statedLimits = ({ requestsPerMinute, tokensPerMinute }: RunConfig["endpoint"]["limits"]): Limits => ({
  ...(requestsPerMinute !== null && { requestsPerMinute }),
  ...(tokensPerMinute !== null && { tokensPerMinute }),
});

export interface ModelHostOptions {
  config: RunConfig;
  directory: RunDirectory;
  /** The path of a replay bundle that answers in place of any server. */
  replay?: string | undefined;
  /** Told of every call that was paid for; hits of the cache are not. */
  meter?: Pick<SpendMeter, "record"> | undefined;
  onProgress: OnProgress | undefined;
  signal: AbortSignal | undefined;
}

/** Who answers the questions of an evaluation. */
export interface Answering {
  endpoint: Endpoint;
  /** The name that the endpoint knows the model by. */
  model: string;
  contextTokens: number;
  api: "completions" | "chat";
}

export class ModelHost {
  private resolved: Promise<ResolvedModel> | undefined;
  private opened: Promise<Endpoint> | undefined;
  private loaded: Promise<Tokenizer> | undefined;
  private counter: CountTokens | undefined;
  private readonly others = new Map<string, Promise<Endpoint>>();
  private cache: CallCache | undefined;
  private readonly config: RunConfig;
  private readonly directory: RunDirectory;

  constructor(private readonly options: ModelHostOptions) {
    this.config = options.config;
    this.directory = options.directory;
  }

  /** The weights that training reads. */
  model(): Promise<ResolvedModel> {
    const { onProgress, signal } = this.options;
    this.resolved ??= resolveModel({ model: this.config.model, onProgress, signal }).then((model) => {
      this.directory.remember({ model: model.title, modelSha256: model.sha256 });
      return model;
    });
    return this.resolved;
  }

  /** Whoever answers: the embedded server on the same weights, or the address of the config. */
  endpoint(): Promise<Endpoint> {
    this.opened ??= this.openCached().then((endpoint) => {
      this.directory.remember({ endpoint: endpoint.description });
      return endpoint;
    });
    return this.opened;
  }

  /** The file the embedded server runs: the trained weights, written in the type that answers fastest. */
  async servedPath(): Promise<string> {
    const model = await this.model();
    const { weights } = this.config.endpoint;
    return weights === "as-shipped"
      ? model.path
      : requantisedModel({ model, type: weights, onProgress: this.options.onProgress, signal: this.options.signal });
  }

  /** The model's; undefined where only an address is known. */
  async tokenizer(): Promise<Tokenizer | undefined> {
    if (this.config.endpoint.baseURL !== null) return undefined;
    this.loaded ??= this.model().then(({ path }) => loadTokenizer(path));
    return this.loaded;
  }

  /** How long a prompt is for the model of the run; undefined as above. One counter a run: every system meets the same prompts. */
  async countTokens(): Promise<CountTokens | undefined> {
    const tokenizer = await this.tokenizer();
    this.counter ??= tokenizer && tokenCounter(tokenizer);
    return this.counter;
  }

  /** The server's name for the adapter that this run trained; loads it where the server lacks it. */
  async adapter(system: TunedSystem): Promise<string> {
    const endpoint = await this.endpoint();
    const embedded = this.config.endpoint.baseURL === null;
    const path = join(this.directory.training(system), embedded ? "adapter.gguf" : "adapter");
    return endpoint.loadAdapter({ name: system, path });
  }

  /** Another server that the configuration compares with, by its name in tables. */
  async compared(name: string): Promise<Answering> {
    const { contextTokens, limits, prices, ...server } = this.config.evaluation.endpoints.find((entry) => entry.name === name)!;
    const { meter } = this.options;
    const metered = (endpoint: Endpoint): Endpoint =>
      meter && prices ? meterCalls(endpoint, { record: (usage) => meter.record(usage, prices) }) : endpoint;
    const opened =
      this.others.get(name) ??
      openEndpoint({ ...server, limits: statedLimits(limits) }).then((endpoint) => this.cached(metered(endpoint)));
    this.others.set(name, opened);
    return { endpoint: await opened, model: server.model, contextTokens, api: server.api };
  }

  private async openCached(): Promise<Endpoint> {
    const { replay, meter } = this.options;
    if (replay !== undefined) return openReplay({ bundle: replay });
    const opened = await this.open();
    return this.cached(meter ? meterCalls(opened, meter) : opened);
  }

  private cached(endpoint: Endpoint): Endpoint {
    if (!this.config.endpoint.cache) return endpoint;
    this.cache ??= openCallCache();
    return cacheCalls(endpoint, { cache: this.cache, log: join(this.directory.path, callLogName) });
  }

  private async open(): Promise<Endpoint> {
    const { baseURL, apiKeyVariable, timeoutSeconds, servedModel, sequences, contextTokens } = this.config.endpoint;
    if (baseURL !== null) {
      const { api, batch, concurrency, limits } = this.config.endpoint;
      const server = { baseURL, apiKeyVariable, timeoutSeconds, api, model: servedModel ?? this.config.model };
      if (batch)
        return openBatchEndpoint({
          ...server,
          directory: join(this.directory.path, "batches"),
          ...(this.options.onProgress && { onProgress: this.options.onProgress }),
        });
      return openEndpoint({ ...server, concurrency, limits: statedLimits(limits) });
    }
    const model = await this.model();
    const modelPath = await this.servedPath();
    return openEndpoint({
      model: model.id,
      timeoutSeconds,
      embedded: { modelPath, contextTokens, ...(sequences !== null && { sequences }) },
      onProgress: this.options.onProgress,
    });
  }

  async close(): Promise<void> {
    for (const opened of [this.opened, ...this.others.values()]) await (await opened?.catch(() => undefined))?.close();
    await this.cache?.close();
  }
}
