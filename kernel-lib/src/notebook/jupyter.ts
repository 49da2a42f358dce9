// Finding JupyterLab, or installing it into a virtual environment of its own in the cache directory.
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  cacheDirectory,
  lockDirectory,
  type OnProgress,
  RunError,
  StoppedError,
  sha256,
  startStage,
  throwIfStopped,
  writeJson,
} from "../runtime/index.js";

/** plotly brings the JupyterLab extension that draws its figures; nbconvert runs and exports notebooks. */
const pins = ["jupyterlab==4.6.6", "plotly==7.1.0", "nbconvert==7.17.2"];
/** About what pip fetches for the pins. */
export const jupyterDownload = "about 60 MB from PyPI, 320 MB on disk";

export interface Jupyter {
  /** The `jupyter` command. */
  path: string;
  origin: "SELFSPEC_JUPYTER" | "installed by selfspec" | "PATH";
}

const windows = process.platform === "win32";
const environmentDirectory = (): string => cacheDirectory("jupyter", sha256(pins.join(" ")).slice(0, 12));
const programOf = (environment: string, name: string): string =>
  join(environment, windows ? "Scripts" : "bin", windows ? `${name}.exe` : name);
/** Written last: an environment without it was not finished. */
const receiptOf = (environment: string): string => join(environment, "selfspec.json");

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The `jupyter` to use: `SELFSPEC_JUPYTER`, else the environment that `installJupyter` made, else one on PATH that has JupyterLab
 * beside it. Undefined where there is none. Starts no process.
 */
export function findJupyter(env: NodeJS.ProcessEnv = process.env): Jupyter | undefined {
  if (env.SELFSPEC_JUPYTER)
    return isExecutable(env.SELFSPEC_JUPYTER) ? { path: env.SELFSPEC_JUPYTER, origin: "SELFSPEC_JUPYTER" } : undefined;
  const own = environmentDirectory();
  if (existsSync(receiptOf(own))) return { path: programOf(own, "jupyter"), origin: "installed by selfspec" };
  for (const folder of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const [jupyter, lab] = ["jupyter", "jupyter-lab"].map((name) => join(folder, windows ? `${name}.exe` : name));
    if (isExecutable(jupyter!) && isExecutable(lab!)) return { path: jupyter!, origin: "PATH" };
  }
  return undefined;
}

function findPython(): string {
  const names = windows ? ["python", "py"] : ["python3", "python"];
  const found = names.find(
    (name) => spawnSync(name, ["-c", "import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 9))"]).status === 0,
  );
  if (found) return found;
  throw new RunError({
    got: "no Python 3.9 or newer with venv and pip",
    todo: "install one (Debian: apt-get install python3-venv) or put a jupyter with JupyterLab on the PATH",
  });
}

function runProgram(program: string, args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], signal });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-2000);
    });
    child.on("error", (error) => reject(signal?.aborted ? new StoppedError("jupyter") : error));
    child.on("close", (code) => {
      if (code === 0) resolve();
      else
        reject(
          new RunError({
            got: `${args.slice(0, 3).join(" ")} failed: ${said.trim().split("\n").slice(-2).join(" ")}`,
            todo: "check the network and try again",
          }),
        );
    });
  });
}

/**
 * Installs JupyterLab with plotly's extension into the cache; done before is a no-op, an interrupted install starts over.
 * @throws RunError without Python or network, StoppedError on abort.
 */
export async function installJupyter({
  onProgress,
  signal,
}: {
  onProgress?: OnProgress;
  signal?: AbortSignal | undefined;
} = {}): Promise<Jupyter> {
  const environment = environmentDirectory();
  const jupyter: Jupyter = { path: programOf(environment, "jupyter"), origin: "installed by selfspec" };
  if (existsSync(receiptOf(environment))) return jupyter;
  const unlock = lockDirectory(cacheDirectory("jupyter"));
  try {
    const watch = startStage("jupyter", onProgress);
    throwIfStopped(signal, "jupyter");
    rmSync(environment, { recursive: true, force: true });
    watch.update({ message: "making a virtual environment" });
    await runProgram(findPython(), ["-m", "venv", environment], signal);
    watch.update({ message: `installing ${pins.join(", ")} (${jupyterDownload})` });
    await runProgram(
      programOf(environment, "python"),
      ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", ...pins],
      signal,
    );
    writeJson(receiptOf(environment), { pins });
    watch.finish(pins.join(", "));
    return jupyter;
  } finally {
    unlock();
  }
}
