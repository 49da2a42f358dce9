// environment.md says what a run was measured on: its versions are those of the lockfile and of the set-up.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const locked = (JSON.parse(read("package-lock.json")) as { packages: Record<string, { version?: string }> }).packages;

/** The table's rows whose second cell is a version. */
const stated = [...read("environment.md").matchAll(/^\| (@?[a-z][\w./-]*)(?: \(PyPI\))? +\| (\d+\.\d+\.\d+) +\|/gm)].map(
  (row) => [row[1]!, row[2]!] as const,
);

it("names at least ten parts with their versions", () => {
  expect(stated.length).toBeGreaterThanOrEqual(10);
});

it.each(stated)("%s is %s in the lockfile or the set-up", (name, version) => {
  if (name === "tensorflow-cpu")
    expect(read("kernel-lib/src/setup/tensorflow-wheels.ts")).toContain(`const version = "${version}";`);
  else expect(locked[`node_modules/${name}`]?.version).toBe(version);
});

it("the lockfile and the sources name no registry host", () => {
  expect(Object.values(locked).filter((entry) => "resolved" in entry && String(entry.resolved).startsWith("http"))).toEqual([]);
});
