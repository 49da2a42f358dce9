// The library of fused kernels, compiled on this machine for this processor: kernel-lib/native against the TensorFlow that the step
// before has put into the cache. Without it training uses TensorFlow's own ops, more slowly.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { findFusedLibrary } from "../lora/index.js";
import { cacheDirectory, lockDirectory, RunError, readJson, writeJson } from "../runtime/index.js";
import { findProgram, runProgram } from "./command.js";
import type { SetupStep } from "./step.js";

const fallback = "training uses TensorFlow's own ops, more slowly";

const compiler = (): string | undefined => findProgram([...(process.env.CXX ? [process.env.CXX] : []), "g++", "clang++", "c++"]);
const versionOf = (program: string): string =>
  spawnSync(program, ["--version"], { encoding: "utf8" }).stdout?.split("\n")[0] ?? program;
const receiptOf = (addon: string): string => addon.replace(/\.node$/, ".json");

async function install(signal?: AbortSignal): Promise<void> {
  const library = findFusedLibrary();
  if (!library) throw new RunError({ got: "the native TensorFlow backend is not there to compile against", todo: fallback });
  const program = compiler();
  if (!program) throw new RunError({ got: "no C++ compiler (g++, clang++ or $CXX) is on the PATH", todo: fallback });
  const { path, sources, dependencies } = library;
  const nodeHeaders = (createRequire(import.meta.url)("node-api-headers") as { include_dir: string }).include_dir;
  const unlock = lockDirectory(cacheDirectory("tensorflow"));
  try {
    mkdirSync(dirname(path), { recursive: true });
    const half = `${path}.half`;
    await runProgram(
      program,
      [
        ...["-O3", "-march=native", "-mprefer-vector-width=512", "-std=c++17", "-fno-math-errno", "-fPIC", "-shared", "-pthread"],
        // Vectors wider than this processor's are passed in pieces; every function that takes one is inlined.
        ...["-fvisibility=hidden", "-Wno-psabi", "-DIS_SLIM_BUILD", "-DNAPI_VERSION=8"],
        ...["-I", nodeHeaders, "-I", join(dependencies, "include"), ...sources, "-o", half],
        ...["-L", join(dependencies, "lib"), "-l:libtensorflow_framework.so.2"],
        ...["-Wl,-rpath,$ORIGIN/../../deps/lib", "-Wl,--allow-shlib-undefined"],
      ],
      { signal },
    );
    // Tried in a process of its own first: a bad build must not take this one with it.
    await runProgram(process.execPath, ["-e", "process.dlopen({ exports: {} }, process.argv[1])", half], { signal });
    renameSync(half, path);
    writeJson(receiptOf(path), { compiler: versionOf(program) });
  } finally {
    unlock();
  }
}

export const fusedKernelsStep: SetupStep = {
  id: "fused-kernels",
  title: "fused kernels for training, compiled for this processor",
  size: "nothing to fetch, about 10 s",
  required: false,
  check() {
    const library = findFusedLibrary();
    if (library?.built && existsSync(receiptOf(library.path))) {
      const { compiler: made } = readJson(receiptOf(library.path)) as { compiler: string };
      const program = compiler();
      if (!program || versionOf(program) === made) return { ready: true, detail: `compiled by ${made}` };
    }
    return {
      ready: false,
      detail: library
        ? "not compiled for these sources, this processor and this compiler"
        : "the native TensorFlow backend is not built",
      todo: library ? "npm run setup compiles them" : fallback,
    };
  },
  install,
};
