// The process of an embedded server. What it is to do comes as JSON on stdin (arguments are public, and there is a token); it writes one
// JSON line when it is ready or has failed, and its address file where others may join it. It ends with its last user.
import { readFileSync, rmSync } from "node:fs";
import { errorLine, exitCodeOf, writeAtomic } from "../../runtime/index.js";
import type { ServerAddress, ServerTask, ServerWord } from "./server-task.js";
import { startServer } from "./start-server.js";

/** Seconds that a server without users stays: for its first user to come, and between one user's end and the next one's start. */
const firstUserPatience = 30;
const laterPatience = 1;

const say = (word: ServerWord, then?: () => void): void => void process.stdout.write(`${JSON.stringify(word)}\n`, then);

async function main(): Promise<void> {
  const { settings, host, port, token, adapters, addressFile } = JSON.parse(readFileSync(0, "utf8")) as ServerTask;
  const end = (): never => {
    if (addressFile !== null) rmSync(addressFile, { force: true });
    process.exit(0);
  };
  let timer = setTimeout(() => {}, 0);
  const endAfter = (seconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(end, seconds * 1000);
  };
  const onUsers = (count: number): void => (count > 0 ? clearTimeout(timer) : endAfter(laterPatience));
  const { baseURL, served } = await startServer(settings, { host, port, token, onUsers });
  for (const { name, path } of adapters) await served.loadAdapter(name, path);
  endAfter(firstUserPatience);
  const address: ServerAddress = { pid: process.pid, baseURL, token };
  if (addressFile !== null) writeAtomic(addressFile, JSON.stringify(address));
  say({ ready: true, baseURL, models: served.modelNames(), description: served.description });
}

/** Whoever started this process may be gone: nobody reads then, which is no failure. */
process.stdout.on("error", () => {});
process.on("SIGINT", () => {});
main().catch((error: unknown) => {
  say({ ready: false, message: errorLine(error), exitCode: exitCodeOf(error) }, () => process.exit(1));
});
