// The child process of a shared embedded server. Its settings come as JSON on stdin (arguments are public, and there is a token); it
// writes one JSON line when it is ready or has failed, and its address file for others to join by. It ends with its last user.
import { readFileSync, rmSync } from "node:fs";
import { errorLine, exitCodeOf, writeAtomic } from "../../runtime/index.js";
import type { ServerAddress } from "../shared-server.js";
import { type ServerSettings, startServer } from "./start-server.js";

/** Seconds that a server without users stays: for its first user to come, and between one user's end and the next one's start. */
const firstUserPatience = 30;
const laterPatience = 1;

async function main(): Promise<void> {
  const { settings, token, addressFile } = JSON.parse(readFileSync(0, "utf8")) as {
    settings: ServerSettings;
    token: string;
    addressFile: string;
  };
  const end = (): never => {
    rmSync(addressFile, { force: true });
    process.exit(0);
  };
  let timer = setTimeout(() => {}, 0);
  const endAfter = (seconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(end, seconds * 1000);
  };
  const onUsers = (count: number): void => (count > 0 ? clearTimeout(timer) : endAfter(laterPatience));
  const { baseURL } = await startServer(settings, { host: "127.0.0.1", port: 0, token, onUsers });
  endAfter(firstUserPatience);
  const address: ServerAddress = { pid: process.pid, baseURL, token };
  writeAtomic(addressFile, JSON.stringify(address));
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
}

/** Whoever started this process may be gone: nobody reads then, which is no failure. */
process.stdout.on("error", () => {});
process.on("SIGINT", () => {});
main().catch((error: unknown) => {
  process.stdout.write(`${JSON.stringify({ ready: false, message: errorLine(error), exitCode: exitCodeOf(error) })}\n`, () =>
    process.exit(1),
  );
});
