// A Python environment for the other side of a comparison: packages from PyPI at pinned versions, in a folder of the cache.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  cacheDirectory,
  errorLine,
  lockDirectory,
  type OnProgress,
  projectRoot,
  RunError,
  StoppedError,
  sha256,
  startStage,
  writeJson,
} from "../runtime/index.js";

const execute = promisify(execFile);

/** A file beside the Python scripts of the benchmarks. */
export const benchFile = (name: string): string => join(projectRoot(), "kernel-lib", "bench", name);

/** [package, version] of each pin. */
export function readPins(text: string): [name: string, version: string][] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => line.trim().split("==") as [string, string]);
}

const listVersions =
  "import importlib.metadata as m, json, sys; print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions()}))";

/** What differs from the pins, a phrase each; everything where there is no such Python. */
async function differences(python: string, pins: readonly (readonly [string, string])[]): Promise<string[]> {
  if (!existsSync(python)) return ["no environment"];
  try {
    const { stdout } = await execute(python, ["-c", listVersions], { maxBuffer: 1 << 24 });
    const versions = JSON.parse(stdout) as Record<string, string>;
    // PyTorch's own index marks its wheels "2.15.0+cpu": the same version.
    return pins
      .filter(([name, version]) => versions[name]?.split("+")[0] !== version)
      .map(([name, version]) => `${name} ${versions[name] ?? "missing"} instead of ${version}`);
  } catch (error) {
    return [errorLine(error)];
  }
}

/**
 * The environment's Python. One that holds the pinned versions is adopted, whoever made it; anything else is made anew.
 * @throws RunError where Python, its venv module or the network is missing; StoppedError on abort.
 */
export async function pythonEnvironment({
  name,
  title,
  requirements,
  download,
  otherwise,
  onProgress,
  signal,
}: {
  /** Folder in the cache, under `bench`. */
  name: string;
  /** Whose environment, as errors name it: "PEFT". */
  title: string;
  /** File with the pins, in kernel-lib/bench. */
  requirements: string;
  /** About what pip fetches, for the progress line. */
  download: string;
  /** What to do without it. */
  otherwise: string;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const text = readFileSync(benchFile(requirements), "utf8");
  const folder = cacheDirectory("bench", name);
  const python = join(folder, "bin", "python");
  const stamp = join(folder, "selfspec.json");
  const key = sha256(text);
  const stamped = (): boolean => existsSync(stamp) && existsSync(python) && readFileSync(stamp, "utf8").includes(key);
  if (stamped()) return python;
  const unlock = lockDirectory(cacheDirectory("bench"));
  try {
    if (stamped()) return python;
    const pins = readPins(text);
    if ((await differences(python, pins)).length > 0) {
      const watch = startStage(`${name} environment`, onProgress);
      watch.update({ message: `${pins.map((pin) => pin.join(" ")).join(", ")}: ${download}` });
      rmSync(folder, { recursive: true, force: true });
      await execute("python3", ["-m", "venv", folder], { signal });
      await execute(python, ["-m", "pip", "install", "--quiet", "--no-input", "-r", benchFile(requirements)], { signal });
      watch.finish(pins.map((pin) => pin.join(" ")).join(", "));
    }
    writeJson(stamp, { requirements: key, pins });
    return python;
  } catch (error) {
    if (signal?.aborted) throw new StoppedError(`${name} environment`);
    throw new RunError(
      {
        got: `${title}'s environment could not be made: ${errorLine(error).slice(0, 400)}`,
        todo: `install python3 with venv and pip, or ${otherwise}`,
      },
      { cause: error },
    );
  } finally {
    unlock();
  }
}
