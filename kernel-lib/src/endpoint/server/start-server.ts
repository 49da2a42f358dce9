// Loads a model and listens: the whole embedded server, in this process.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { totalmem } from "node:os";
import { basename } from "node:path";
import { InputError } from "../../runtime/index.js";
import { startEngine } from "./engine.js";
import { createHttpServer } from "./http-server.js";
import { loadModel } from "./loaded-model.js";
import { createServedModel, type ServedModel } from "./served-model.js";

export interface ServerSettings {
  modelPath: string;
  /** The name that requests ask for. */
  modelName: string;
  /** Tokens of one sequence, prompt and answer; 2,048 by default, never more than the model was trained on. */
  contextTokens?: number;
  /** Requests worked on at once; {@link defaultSequences} by default. Each costs a context's memory. */
  sequences?: number;
  /** Measured when absent. */
  threads?: number;
}

/**
 * Decoding of 32 sequences gave 1.7 times the tokens/s of 8 on two quiet cores, and 1.3 times on busy ones (SmolLM2-135M, F16). Their
 * contexts are 1.5 GB of that model at 2,048 tokens, too much for a small machine.
 */
export const defaultSequences = (totalBytes = totalmem()): number => (totalBytes >= 12 * 2 ** 30 ? 32 : 8);

export interface ListenOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  token: string;
  onUsers?: (count: number) => void;
}

export interface RunningServer {
  server: Server;
  served: ServedModel;
  baseURL: string;
}

function describe(
  settings: ServerSettings,
  sequences: number,
  cores: number,
  threads: { prompt: number; decode: number; promptSpeed: number; decodeSpeed: number },
): string {
  const chosen = settings.threads === undefined ? "measured" : "as asked";
  const speeds = `${Math.round(threads.promptSpeed)} and ${Math.round(threads.decodeSpeed)} tok/s`;
  return `embedded llama.cpp · ${basename(settings.modelPath)} · ${sequences} sequences · threads ${threads.prompt} for prompts, ${threads.decode} for decoding of ${cores} cores (${chosen}: ${speeds})`;
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const explained =
        error.code === "EADDRINUSE"
          ? new InputError({
              got: `port ${port} of ${host} is in use`,
              allowed: "a free port, or 0 for any",
              todo: "choose another with --port",
            })
          : error.code === "EACCES" || error.code === "EADDRNOTAVAIL"
            ? new InputError({
                got: `${host}:${port} cannot be listened on (${error.code})`,
                todo: "choose another --port or --host",
              })
            : error;
      reject(explained);
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

/**
 * The port is taken before the model is loaded, so that a port in use is told at once.
 * @throws InputError when the port is in use or the file is no model.
 */
export async function startServer(
  settings: ServerSettings,
  { host, port, token, onUsers }: ListenOptions,
): Promise<RunningServer> {
  const sequences = settings.sequences ?? defaultSequences();
  const prepared = (async (): Promise<ServedModel> => {
    const model = await loadModel({
      modelPath: settings.modelPath,
      contextTokens: settings.contextTokens ?? 2048,
      sequences: sequences + 1,
    });
    const engine = await startEngine({ model, sequences, ...(settings.threads !== undefined && { threads: settings.threads }) });
    const description = describe(settings, sequences, model.cores, engine.threads);
    return createServedModel({ name: settings.modelName, description, sequences, model, engine });
  })();
  prepared.catch(() => server.close());
  const server = createHttpServer({ ready: prepared, token, ...(onUsers && { onUsers }) });
  const address = await listen(server, host, port);
  const served = await prepared;
  const shownHost = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return { server, served, baseURL: `http://${shownHost}:${address.port}/v1` };
}
