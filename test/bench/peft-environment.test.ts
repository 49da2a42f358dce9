import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { peftPython } from "../../kernel-lib/src/bench/peft-environment.js";
import { readPins } from "../../kernel-lib/src/bench/python-environment.js";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";

let cache: string;
const folder = (...parts: string[]): string => join(cache, "bench", "peft", ...parts);
const pins = readPins(readFileSync(join(projectRoot(), "kernel-lib", "bench", "requirements.txt"), "utf8"));

/** A "Python" that knows only which packages it has. */
function writePython(versions: Record<string, string>): void {
  const path = folder("bin", "python");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${JSON.stringify(versions)}'\n`);
  chmodSync(path, 0o755);
}

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "selfspec-bench-"));
  vi.stubEnv("SELFSPEC_CACHE", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it("pins the three packages that the comparison speaks of", () => {
  expect(pins.map(([name]) => name)).toEqual(["torch", "transformers", "peft"]);
});

it.skipIf(process.platform === "win32")(
  "an environment with the pinned versions is adopted, whoever made it (skipped on Windows)",
  async () => {
    writePython({ ...Object.fromEntries(pins), torch: `${pins[0]![1]}+cpu` });
    expect(await peftPython({})).toBe(folder("bin", "python"));
    expect(existsSync(folder("selfspec.json"))).toBe(true);
    expect(await peftPython({})).toBe(folder("bin", "python"));
  },
);

it.skipIf(process.platform === "win32")(
  "one with other versions is made anew, and what hinders that is told with a way out (skipped on Windows)",
  async () => {
    writePython({ ...Object.fromEntries(pins), peft: "0.1.0" });
    vi.stubEnv("PATH", cache); // no python3 here
    await expect(peftPython({})).rejects.toThrow(/PEFT's environment could not be made: .*python3.*--sides tfjs/);
    expect(existsSync(folder("selfspec.json"))).toBe(false);
  },
);
