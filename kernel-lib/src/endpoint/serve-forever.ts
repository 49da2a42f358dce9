// The `serve` verb: the embedded server in a process like that of a run, which ends with this one.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { RunError } from "../runtime/index.js";
import type { ServerSettings } from "./server/start-server.js";
import { startServerProcess } from "./server-process.js";
import { attach } from "./shared-server.js";

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

/** Where a server that listens on every address of the machine is reached from the machine itself. */
const fromHere = (baseURL: string): string => baseURL.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");

/**
 * Resolves when the signal ends it.
 * @throws InputError when the port is in use or the file is no model; RunError when the server ends by itself.
 */
export async function serveForever(options: ServeOptions): Promise<void> {
  const { host = "127.0.0.1", port = 0, adapters = [], signal, onReady, token: given, ...settings } = options;
  const token = given ?? randomBytes(24).toString("base64url");
  const { child, baseURL, models, description } = await startServerProcess(
    { settings, host, port, token, adapters, addressFile: null },
    { errors: "inherit", lastWords: () => ({ said: "", todo: "more memory or fewer sequences may help" }) },
  );
  child.ref();
  const ended = once(child, "exit");
  const stop = (): void => void child.kill();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  else {
    await attach({ baseURL: fromHere(baseURL), token });
    onReady({ baseURL, models, description, ...(given === undefined && { madeToken: token }) });
  }
  await ended;
  signal?.removeEventListener("abort", stop);
  if (!signal?.aborted) throw new RunError({ got: `the server at ${baseURL} ended by itself`, todo: "start it again" });
}
