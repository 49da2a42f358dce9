// `serve`: the embedded OpenAI-compatible server, until Ctrl+C.
import type { Command } from "commander";
import { serveForever } from "../endpoint/index.js";
import { defaultModel, resolveModel } from "../models/index.js";
import { InputError } from "../runtime/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { jsonOption, say } from "./output.js";

interface ServeCommandOptions {
  model: string;
  port?: string;
  host: string;
  token?: string;
  adapter?: string[];
  json?: boolean;
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InputError({ got: `--port ${text}`, allowed: "0 to 65535" });
  return port;
}

function adaptersOf(entries: readonly string[] = []): { name: string; path: string }[] {
  return entries.map((entry) => {
    const [name, path] = [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)];
    if (!name || !path || !entry.includes("="))
      throw new InputError({ got: `--adapter ${entry}`, allowed: "name=path of a GGUF LoRA" });
    return { name, path };
  });
}

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("an OpenAI-compatible server for a GGUF model, on loopback")
    .option("--model <model>", "a registry id, a GGUF path or a hub id", defaultModel.id)
    .option("--port <port>", "any free one by default")
    .option("--host <host>", "the address to bind", "127.0.0.1")
    .option("--token <token>", "the bearer token clients must send; made and printed once by default")
    .option("--adapter <name=path...>", "LoRA adapters, served as <model>:<name>")
    .option(...jsonOption)
    .action(async (options: ServeCommandOptions) => {
      const port = portOf(options.port);
      const adapters = adaptersOf(options.adapter);
      const model = await resolveModel({ model: options.model });
      await serveForever({
        modelPath: model.path,
        modelName: model.id,
        host: options.host,
        ...(port !== undefined && { port }),
        ...(options.token !== undefined && { token: options.token }),
        adapters,
        signal: abortOnInterrupt(),
        onReady: (ready) => {
          if (options.json) return process.stdout.write(`${JSON.stringify(ready)}\n`);
          say(` address  ${ready.baseURL}`);
          say(` models   ${ready.models.join(", ")}`);
          say(` engine   ${ready.description}`);
          if (ready.madeToken) say(` token    ${ready.madeToken}   (shown once; clients send it as their API key)`);
        },
      });
    });
}
