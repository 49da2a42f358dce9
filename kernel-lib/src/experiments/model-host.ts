// The one model of a run: its file, and the endpoint that answers for it, each made ready when a stage first asks.
import { join } from "node:path";
import { type Endpoint, openEndpoint } from "../endpoint/index.js";
import { type ResolvedModel, requantisedModel, resolveModel } from "../models/index.js";
import type { OnProgress } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import type { RunDirectory } from "./run-directory.js";
import type { TunedSystem } from "./systems.js";

export class ModelHost {
  private resolved: Promise<ResolvedModel> | undefined;
  private opened: Promise<Endpoint> | undefined;

  constructor(
    private readonly config: RunConfig,
    private readonly directory: RunDirectory,
    private readonly onProgress: OnProgress | undefined,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The weights that training reads. */
  model(): Promise<ResolvedModel> {
    const { onProgress, signal } = this;
    this.resolved ??= resolveModel({ model: this.config.model, onProgress, signal }).then((model) => {
      this.directory.remember({ model: model.title, modelSha256: model.sha256 });
      return model;
    });
    return this.resolved;
  }

  /** Whoever answers: the embedded server on the same weights, or the address of the config. */
  endpoint(): Promise<Endpoint> {
    this.opened ??= this.open().then((endpoint) => {
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
      : requantisedModel({ model, type: weights, onProgress: this.onProgress, signal: this.signal });
  }

  /** The server's name for the adapter that this run trained; loads it where the server lacks it. */
  async adapter(system: TunedSystem): Promise<string> {
    const endpoint = await this.endpoint();
    const embedded = this.config.endpoint.baseURL === null;
    const path = join(this.directory.training(system), embedded ? "adapter.gguf" : "adapter");
    return endpoint.loadAdapter({ name: system, path });
  }

  private async open(): Promise<Endpoint> {
    const { baseURL, apiKeyVariable, timeoutSeconds, servedModel, sequences, contextTokens } = this.config.endpoint;
    if (baseURL !== null)
      return openEndpoint({ baseURL, apiKeyVariable, timeoutSeconds, model: servedModel ?? this.config.model });
    const model = await this.model();
    const modelPath = await this.servedPath();
    return openEndpoint({
      model: model.id,
      timeoutSeconds,
      embedded: { modelPath, sequences, contextTokens },
      onProgress: this.onProgress,
    });
  }

  async close(): Promise<void> {
    const endpoint = await this.opened?.catch(() => undefined);
    await endpoint?.close();
  }
}
