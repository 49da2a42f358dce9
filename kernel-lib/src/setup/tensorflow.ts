// The native backend of @tensorflow/tfjs-node-gpu from npm and PyPI parts alone: TensorFlow's own libraries come out of the PyPI wheel, the
// package's unmodified binding source is compiled against them. (The package's own installer downloads from a host that closed networks
// and Node ≥ 18 do not get along with; it never runs here.)
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cacheDirectory, InputError, lockDirectory, RunError, readJson, writeJson } from "../runtime/index.js";
import { findProgram, runProgram } from "./command.js";
import type { SetupStep } from "./step.js";
import { unpackWheels } from "./tensorflow-unpack.js";
import { sizeOf, type TensorflowBuild, tensorflowBuilds, type Wheel } from "./tensorflow-wheels.js";

const libraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

const require = createRequire(import.meta.url);
const packageFolder = (): string => dirname(require.resolve("@tensorflow/tfjs-node-gpu/package.json"));
const treeFolder = ({ folder }: TensorflowBuild): string => cacheDirectory("tensorflow", folder);
const addonFile = (tree: string): string => join(tree, "lib", "napi-v8", "tfjs_binding.node");

/** The reason this machine cannot build it, or undefined. */
function obstacle(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64")
    return `there is no recipe for ${process.platform}-${process.arch}, only for linux-x64`;
  if (!findProgram(["python3"])) return "python3 with pip is not on the PATH";
  if (!compiler()) return "no C++ compiler (g++, clang++ or $CXX) is on the PATH";
  return undefined;
}

const compiler = (): string | undefined => findProgram([...(process.env.CXX ? [process.env.CXX] : []), "g++", "clang++", "c++"]);

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

const packageLink = (): string => join(packageFolder(), "lib");

/** The build that the package's `lib` folder points at. */
function linkedBuild(): TensorflowBuild | undefined {
  const there = lstatSync(packageLink(), { throwIfNoEntry: false });
  const target = there?.isSymbolicLink() ? readlinkSync(packageLink()) : undefined;
  return Object.values(tensorflowBuilds).find((build) => target === join(treeFolder(build), "lib"));
}

/** Points the package's `lib` folder, where it looks for its addon, at the tree in the cache. */
function linkIntoPackage(tree: string): void {
  const link = packageLink();
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

async function install(build: TensorflowBuild, signal?: AbortSignal): Promise<void> {
  const tree = treeFolder(build);
  const built = existsSync(join(tree, "receipt.json"));
  const hindrance = built ? undefined : obstacle();
  if (hindrance) throw new RunError({ got: hindrance });
  const unlock = lockDirectory(cacheDirectory("tensorflow"));
  try {
    if (!built) {
      const fetched = await unpackWheels({ wheels: build.wheels, libraries, into: join(tree, "deps"), signal });
      await compileAddon(tree, signal);
      // The receipt comes last: without it an interrupted set-up starts this step again from the files it already has.
      const [{ file: wheel, sha256 }] = build.wheels as [Wheel];
      writeJson(join(tree, "receipt.json"), { wheel, sha256, libraries: readdirSync(join(tree, "deps", "lib")) });
      for (const path of fetched) rmSync(path);
    }
    linkIntoPackage(tree);
  } finally {
    unlock();
  }
}

/** @param chosen default: the build in use, or the one for processors where there is none. */
function stepFor(chosen?: TensorflowBuild): SetupStep {
  const build = (): TensorflowBuild => chosen ?? linkedBuild() ?? tensorflowBuilds.cpu;
  const nominal = chosen ?? tensorflowBuilds.cpu;
  return {
    id: "tensorflow",
    title: nominal.title,
    size: sizeOf(nominal),
    required: false,
    check() {
      const receipt = join(treeFolder(build()), "receipt.json");
      const linked = existsSync(addonFile(packageFolder())) && (!chosen || linkedBuild() === chosen);
      if (existsSync(receipt) && linked)
        return { ready: true, detail: `${build().detail} (${(readJson(receipt) as { wheel: string }).wheel})` };
      const hindrance = obstacle();
      return {
        ready: false,
        detail: hindrance ?? "not built yet",
        todo: hindrance ? "training uses the next backend" : "npm run setup builds it",
      };
    },
    install: (signal) => install(build(), signal),
  };
}

/** Whatever is in use stays; where nothing is, TensorFlow for processors. */
export const tensorflowStep = stepFor();
export const tensorflowGpuStep = stepFor(tensorflowBuilds.gpu);
export const tensorflowCpuStep = stepFor(tensorflowBuilds.cpu);
