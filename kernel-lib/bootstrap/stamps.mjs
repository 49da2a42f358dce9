// Tells from stamps, in milliseconds, whether node_modules and dist are those of this lockfile and these sources.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const installStamp = join(root, "node_modules", ".selfspec-lockfile");
const buildStamp = join(root, "kernel-lib", "dist", ".sources");

const hash = (text) => createHash("sha256").update(text).digest("hex");
const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
const lockfileHash = () => hash(`${process.platform} ${process.arch} ${readFileSync(join(root, "package-lock.json"))}`);

function sourcesHash() {
  const folder = join(root, "kernel-lib", "src");
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .sort();
  const marks = files.map((name) => {
    const { size, mtimeMs } = statSync(join(folder, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return hash(`${marks.join("\n")}\n${readFileSync(join(root, "kernel-lib", "tsconfig.json"))}\n${lockfileHash()}`);
}

export const lockfileIsInstalled = () => read(installStamp) === lockfileHash();
export const recordInstall = () => writeFileSync(installStamp, lockfileHash());
export const buildIsCurrent = () => read(buildStamp) === sourcesHash();

export function recordBuild() {
  mkdirSync(dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, sourcesHash());
}
