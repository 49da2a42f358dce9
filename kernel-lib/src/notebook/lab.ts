// `npm run lab`: JupyterLab on notebooks/ with this checkout's kernel, on loopback, behind a random token.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { clock, InputError, projectRoot, RunError, StoppedError } from "../runtime/index.js";
import { findJupyter } from "./jupyter.js";
import { writeKernelspec } from "./kernelspec.js";

export interface LabOptions {
  /** Default a free one. */
  port?: number;
  /** The folder to open; default notebooks/ of this checkout. */
  directory?: string;
  /** The notebook to open in it. */
  notebook?: string;
  /** Added to the environment of server and kernels. */
  env?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Lab {
  /** With the token: opens the notebook in a browser. */
  url: string;
  process: ChildProcess;
  /** Ends the server and its kernels. */
  stop(): Promise<void>;
}

const startSeconds = 60;

function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      reject(
        new InputError({
          got: `port ${wanted} is in use`,
          allowed: "a free port",
          todo: "choose another with --port, or leave it out",
        }),
      );
    });
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : wanted));
    });
  });
}

/** The command that starts the lab, as a person could type it; the token is in the environment, not in it. */
export function labCommand({ jupyter, port, directory }: { jupyter: string; port: number; directory: string }): {
  program: string;
  args: string[];
} {
  const root = process.getuid?.() === 0 ? ["--allow-root"] : [];
  const args = [
    "lab",
    "--no-browser",
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--ServerApp.port_retries=0",
    `--ServerApp.root_dir=${directory}`,
    ...root,
  ];
  return { program: jupyter, args };
}

async function answers(url: string, token: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/status`, { headers: { authorization: `token ${token}` } })).ok;
  } catch {
    return false;
  }
}

/**
 * Starts JupyterLab and returns when it answers.
 * @throws RunError when there is no Jupyter or it does not start; InputError when the port is in use; StoppedError on abort.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const jupyter = findJupyter();
  if (!jupyter)
    throw new RunError({ got: "no JupyterLab", todo: "npm run setup installs one, or put your own jupyter on the PATH" });
  const port = await freePort(options.port);
  const directory = options.directory ?? join(projectRoot(), "notebooks");
  const token = randomBytes(24).toString("hex");
  const paths = [writeKernelspec(), process.env.JUPYTER_PATH].filter(Boolean).join(delimiter);
  const { program, args } = labCommand({ jupyter: jupyter.path, port, directory });
  const child = spawn(program, args, {
    env: { ...process.env, ...options.env, JUPYTER_PATH: paths, JUPYTER_TOKEN: token },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-4000);
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.once("error", (error) => {
    said += error.message;
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) child.kill("SIGTERM");
    await exited;
  };
  const server = `http://127.0.0.1:${port}`;
  const began = clock.elapsed();
  while (!(await answers(server, token))) {
    const late = clock.elapsed() - began > startSeconds * 1000;
    if (options.signal?.aborted || late || child.exitCode !== null || child.pid === undefined) {
      await stop();
      if (options.signal?.aborted) throw new StoppedError("lab");
      const reason = late ? `no answer in ${startSeconds} s` : (said.trim().split("\n").at(-1) ?? "");
      throw new RunError({ got: `JupyterLab did not start: ${reason}`, todo: `try: ${program} lab` });
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const place = options.notebook ? `lab/tree/${encodeURIComponent(options.notebook)}` : "lab";
  return { url: `${server}/${place}?token=${token}`, process: child, stop };
}

/** Opens a URL in the desktop's browser; false where there is no desktop. */
export function openBrowser(url: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const openers: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
    darwin: ["open"],
    win32: ["cmd", "/c", "start", ""],
  };
  const opener = openers[process.platform] ?? (env.DISPLAY || env.WAYLAND_DISPLAY ? (["xdg-open"] as [string]) : undefined);
  if (!opener) return false;
  const [program, ...args] = opener;
  const child = spawn(program, [...args, url], { stdio: "ignore", detached: true });
  // A desktop without xdg-open: the URL was printed, which is enough.
  child.on("error", () => {});
  child.unref();
  return true;
}
