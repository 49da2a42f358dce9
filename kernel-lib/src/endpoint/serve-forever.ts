// The `serve` verb: the embedded server in this process, until it is told to stop.
import { randomBytes } from "node:crypto";
import { type ServerSettings, startServer } from "./server/start-server.js";

export interface ServeOptions extends ServerSettings {
  /** 127.0.0.1 by default: other machines cannot reach it. */
  host?: string;
  /** Any free port by default. */
  port?: number;
  /** A random one is made, and told once, when absent. */
  token?: string;
  /** GGUF LoRA adapters, each served as `<model>:<name>`. */
  adapters?: readonly { name: string; path: string }[];
  /** Ends the server. */
  signal?: AbortSignal;
  /** Called once it listens. `madeToken` is the token it made, absent when one was given. */
  onReady: (ready: { baseURL: string; models: string[]; description: string; madeToken?: string }) => void;
}

/**
 * Resolves when the signal ends it.
 * @throws InputError when the port is in use or the file is no model.
 */
export async function serveForever(options: ServeOptions): Promise<void> {
  const { host = "127.0.0.1", port = 0, token, adapters = [], signal, onReady, ...settings } = options;
  const madeToken = token === undefined ? randomBytes(24).toString("base64url") : undefined;
  const { server, served, baseURL } = await startServer(settings, { host, port, token: token ?? madeToken! });
  for (const { name, path } of adapters) await served.loadAdapter(name, path);
  onReady({
    baseURL,
    models: served.modelNames(),
    description: served.description,
    ...(madeToken !== undefined && { madeToken }),
  });
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      server.closeAllConnections();
      server.close(() => resolve());
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
