// The bootstrap's stamps, on a checkout of three files.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, expect, it } from "vitest";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";

interface Stamps {
  lockfileIsInstalled(): boolean;
  recordInstall(): void;
  buildIsCurrent(): boolean;
  recordBuild(): void;
}

let root: string;
let stamps: Stamps;
const source = (name: string): string => join(root, "kernel-lib", "src", name);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "selfspec-stamps-"));
  for (const folder of ["kernel-lib/src/room", "kernel-lib/bootstrap", "node_modules"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "kernel-lib", "tsconfig.json"), "{}");
  writeFileSync(source("room/index.ts"), "export {};\n");
  const script = join(root, "kernel-lib", "bootstrap", "stamps.mjs");
  copyFileSync(join(projectRoot(), "kernel-lib", "bootstrap", "stamps.mjs"), script);
  stamps = (await import(pathToFileURL(script).href)) as Stamps;
});

it("a fresh clone has neither packages nor a build", () => {
  expect(stamps.lockfileIsInstalled()).toBe(false);
  expect(stamps.buildIsCurrent()).toBe(false);
});

it("what was recorded is there", () => {
  stamps.recordInstall();
  stamps.recordBuild();
  expect(stamps.lockfileIsInstalled()).toBe(true);
  expect(stamps.buildIsCurrent()).toBe(true);
});

it("another lockfile asks for the packages and the build again", () => {
  stamps.recordInstall();
  stamps.recordBuild();
  writeFileSync(join(root, "package-lock.json"), '{"packages":{}}');
  expect(stamps.lockfileIsInstalled()).toBe(false);
  expect(stamps.buildIsCurrent()).toBe(false);
});

it.each<[string, () => void]>([
  ["a changed source", () => writeFileSync(source("room/index.ts"), "export const a = 1;\n")],
  ["a source of the same length written later", () => utimesSync(source("room/index.ts"), 1000, 1000)],
  ["a new source", () => writeFileSync(source("room/new.ts"), "")],
  ["a removed source", () => rmSync(source("room/index.ts"))],
  ["another compiler setting", () => writeFileSync(join(root, "kernel-lib", "tsconfig.json"), '{"include":[]}')],
  ["a removed dist folder", () => rmSync(join(root, "kernel-lib", "dist"), { recursive: true })],
])("%s asks for a build, and not for the packages", (_, change) => {
  stamps.recordInstall();
  stamps.recordBuild();
  change();
  expect(stamps.buildIsCurrent()).toBe(false);
  expect(stamps.lockfileIsInstalled()).toBe(true);
});
