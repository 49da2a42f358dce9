// The house rules that no linter knows: rooms are entered by their door and only from later rooms; clock and chance have one source.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "kernel-lib", "src");

/** In the order in which data flows. `runtime` is the ground everyone stands on. */
const rooms = [
  "runtime",
  "seeds",
  "corpus",
  "models",
  "endpoint",
  "filter",
  "generate",
  "dataset",
  "lora",
  "evaluate",
  "report",
  "experiments",
  "notebook",
  "setup",
  "bench",
  "cli",
];

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const text = (name: string): string => readFileSync(join(source, name), "utf8");
const roomOf = (name: string): string => name.split(/[\\/]/)[0]!;
const importsOf = (name: string): string[] =>
  [...text(name).matchAll(/from "(\.[^"]+)"|import\("(\.[^"]+)"\)/g)].map((match) => (match[1] ?? match[2])!);

const crossings = files.flatMap((file) =>
  importsOf(file)
    .map((specifier) => ({ file, target: relative(source, resolve(source, dirname(file), specifier)) }))
    .filter(({ target }) => roomOf(target) !== roomOf(file) && file !== "index.ts"),
);

describe("rooms", () => {
  it("are all known to the corridor", () => {
    expect(files.map(roomOf).filter((room) => room !== "index.ts" && !rooms.includes(room))).toEqual([]);
  });

  it("are entered through their index.ts only", () => {
    expect(crossings.filter(({ target }) => !/^[a-z]+[\\/]index\.js$/.test(target))).toEqual([]);
  });

  it("import earlier rooms only", () => {
    expect(crossings.filter(({ file, target }) => rooms.indexOf(roomOf(target)) > rooms.indexOf(roomOf(file)))).toEqual([]);
  });
});

describe("kernel-lib", () => {
  const code = (name: string): string => text(name).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

  it("reads the clock and makes random numbers in one file only", () => {
    const banned = /\bMath\.random\b|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b/;
    expect(files.filter((file) => file !== join("runtime", "clock-rng.ts") && banned.test(code(file)))).toEqual([]);
  });

  it("has no top-level await, which a notebook kernel could not require", () => {
    expect(files.filter((file) => /^(await|const .* = await|for await)\b/m.test(code(file)))).toEqual([]);
  });

  it("opens every file with a comment that says what it is, but for doors", () => {
    expect(files.filter((file) => !file.endsWith("index.ts") && !/^(#!.*\n)?(\/\/|\/\*\*)/.test(text(file)))).toEqual([]);
  });
});
