// One embedded server for all processes that ask for the same model with the same settings. It is found by an address file under
// `servers/` of the home directory; whoever holds a connection to `/attach` is a user, so a killed user is noticed by its socket.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { type ClientRequest, get } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { homeDirectory, InputError, lockDirectory, projectRoot, RunError, readJson, sha256 } from "../runtime/index.js";
import type { ServerSettings } from "./server/start-server.js";

export interface ServerAddress {
  pid: number;
  baseURL: string;
  token: string;
}

export interface SharedServer extends ServerAddress {
  model: string;
  description: string;
  sequences: number;
  /** Ends this process's use; the server ends with its last user. */
  leave(): void;
}

interface Attached {
  model: string;
  description: string;
  sequences: number;
}

/** Holds a connection to the server; undefined when there is none at that address. */
function attach({ baseURL, token }: ServerAddress): Promise<(Attached & { request: ClientRequest }) | undefined> {
  return new Promise((resolve) => {
    const request = get(
      new URL("/attach", baseURL),
      { headers: { authorization: `Bearer ${token}` }, agent: false },
      (response) => {
        if (response.statusCode !== 200) {
          request.destroy();
          resolve(undefined);
          return;
        }
        response.on("error", () => {});
        response.once("data", (line: Buffer) => {
          response.socket.unref();
          resolve({ ...(JSON.parse(line.toString()) as Attached), request });
        });
      },
    );
    request.on("error", () => resolve(undefined));
  });
}

function readAddress(file: string): ServerAddress | undefined {
  try {
    return readJson(file) as ServerAddress;
  } catch {
    return undefined;
  }
}

const entryFile = (): string => join(projectRoot(), "kernel-lib", "dist", "endpoint", "server", "main.js");

function serverDirectory(settings: ServerSettings): string {
  const { size, mtimeMs } = statSync(settings.modelPath);
  const build = statSync(entryFile()).mtimeMs;
  return homeDirectory(
    "servers",
    sha256(JSON.stringify([realpathSync(settings.modelPath), size, mtimeMs, build, settings])).slice(0, 16),
  );
}

async function startChild(settings: ServerSettings, directory: string): Promise<void> {
  const logFile = join(directory, "server.log");
  const log = openSync(logFile, "w", 0o600);
  const options = { settings, token: randomBytes(24).toString("base64url"), addressFile: join(directory, "address.json") };
  // One worker thread evaluates all batches: with Node's four, each batch comes from another core, and llama.cpp's own second thread,
  // which begins anew with every batch, then often waits for the same core as the first (two cores: 18 ms a step instead of 18 to 60).
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" };
  const child = spawn(process.execPath, [entryFile()], { detached: true, stdio: ["pipe", "pipe", log], env });
  child.stdin?.on("error", () => {});
  child.stdin?.end(JSON.stringify(options));
  closeSync(log);
  const line = await new Promise<string | undefined>((resolve) => {
    if (child.stdout) createInterface({ input: child.stdout }).once("line", resolve);
    child.once("error", () => resolve(undefined));
    child.once("exit", () => setImmediate(() => resolve(undefined)));
  });
  child.stdout?.destroy();
  child.stdin?.destroy();
  child.unref();
  if (line === undefined) {
    const lastWords = readFileSync(logFile, "utf8").trim().split("\n").at(-1) ?? "";
    throw new RunError({
      got: `the embedded server ended while it loaded ${settings.modelPath}${lastWords && ` (${lastWords.slice(0, 200)})`}`,
      todo: `see ${logFile}; more memory or fewer sequences may help`,
    });
  }
  const told = JSON.parse(line) as { ready: true } | { ready: false; message: string; exitCode: 1 | 2 };
  if (told.ready) return;
  throw told.exitCode === 2 ? new InputError({ got: told.message }) : new RunError({ got: told.message });
}

/**
 * Joins the server for these settings, or starts it.
 * @throws InputError when the model file is missing or no model; RunError when the server cannot start.
 */
export async function joinSharedServer(settings: ServerSettings): Promise<SharedServer> {
  if (!existsSync(settings.modelPath))
    throw new InputError({ got: `there is no model file ${settings.modelPath}`, todo: "pull it with `selfspec models pull`" });
  if (!existsSync(entryFile()))
    throw new RunError({ got: `${entryFile()} is missing`, todo: "build the library with `npm run build`" });
  const directory = serverDirectory(settings);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const addressFile = join(directory, "address.json");
  for (;;) {
    const address = readAddress(addressFile);
    const attached = address && (await attach(address));
    if (attached) {
      const { request, ...server } = attached;
      return { ...address, ...server, leave: () => void request.destroy() };
    }
    let unlock: () => void;
    try {
      unlock = lockDirectory(directory);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      await delay(100);
      continue;
    }
    try {
      const written = readAddress(addressFile);
      if (written?.baseURL !== address?.baseURL) continue;
      rmSync(addressFile, { force: true });
      await startChild(settings, directory);
    } finally {
      unlock();
    }
  }
}
