// Where the compiled library of fused kernels lies: beside the tfjs addon, named after everything that its machine code depends on, so
// that a changed source or another processor asks for a new build instead of crashing on an old one.
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { projectRoot, sha256 } from "../../runtime/index.js";

export interface FusedLibrary {
  /** The Node addon, whether or not it is there. */
  path: string;
  built: boolean;
  /** The C++ files it is made from. */
  sources: readonly string[];
  /** TensorFlow's headers and libraries. */
  dependencies: string;
}

/** What the processor can do: code compiled for one may not run on another. */
function processorFlags(): string {
  const line = readFileSync("/proc/cpuinfo", "utf8").match(/^(?:flags|Features)\s*:\s*(.*)$/m);
  return (line?.[1] ?? "").split(" ").sort().join(" ");
}

/** Names the library of this checkout, this TensorFlow and this processor; undefined where the native backend was not built. */
export function findFusedLibrary(): FusedLibrary | undefined {
  const folder = join(projectRoot(), "kernel-lib", "native");
  const addonPackage = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-node-gpu/package.json"));
  if (!existsSync(join(addonPackage, "lib")) || !existsSync("/proc/cpuinfo")) return undefined;
  const lib = realpathSync(join(addonPackage, "lib"));
  const names = readdirSync(folder)
    .filter((name) => /\.(cc|h)$/.test(name))
    .sort();
  const texts = names.map((name) => `${name}\n${readFileSync(join(folder, name), "utf8")}`);
  const key = sha256([processorFlags(), ...texts].join("\n")).slice(0, 16);
  const path = join(lib, "selfspec", `kernels-${key}.node`);
  return {
    path,
    built: existsSync(path),
    sources: names.filter((name) => name.endsWith(".cc")).map((name) => join(folder, name)),
    dependencies: join(lib, "..", "deps"),
  };
}
