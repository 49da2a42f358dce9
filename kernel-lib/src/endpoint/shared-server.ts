// One embedded server for all processes that ask for the same model with the same settings. It is found by an address file under
// `servers/` of the home directory; whoever holds a connection to `/attach` is a user, so a killed user is noticed by its socket.
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { type ClientRequest, get } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { homeDirectory, InputError, lockDirectory, readJson, sha256 } from "../runtime/index.js";
import type { ServerAddress } from "./server/server-task.js";
import type { ServerSettings } from "./server/start-server.js";
import { serverEntry, startServerProcess } from "./server-process.js";

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
export function attach({
  baseURL,
  token,
}: Pick<ServerAddress, "baseURL" | "token">): Promise<(Attached & { request: ClientRequest }) | undefined> {
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

function serverDirectory(settings: ServerSettings): string {
  const { size, mtimeMs } = statSync(settings.modelPath);
  const build = statSync(serverEntry()).mtimeMs;
  return homeDirectory(
    "servers",
    sha256(JSON.stringify([realpathSync(settings.modelPath), size, mtimeMs, build, settings])).slice(0, 16),
  );
}

async function startChild(settings: ServerSettings, directory: string): Promise<void> {
  const logFile = join(directory, "server.log");
  const log = openSync(logFile, "w", 0o600);
  try {
    await startServerProcess(
      {
        ...{ settings, host: "127.0.0.1", port: 0, token: randomBytes(24).toString("base64url") },
        ...{ adapters: [], addressFile: join(directory, "address.json") },
      },
      {
        errors: log,
        lastWords: () => ({
          said: readFileSync(logFile, "utf8").trim().split("\n").at(-1) ?? "",
          todo: `see ${logFile}; more memory or fewer sequences may help`,
        }),
      },
    );
  } finally {
    closeSync(log);
  }
}

/**
 * Joins the server for these settings, or starts it.
 * @throws InputError when the model file is missing or no model; RunError when the server cannot start.
 */
export async function joinSharedServer(settings: ServerSettings): Promise<SharedServer> {
  if (!existsSync(settings.modelPath))
    throw new InputError({ got: `there is no model file ${settings.modelPath}`, todo: "pull it with `selfspec models pull`" });
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
