import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lockDirectory } from "../../kernel-lib/src/runtime/index.js";

const folder = (): string => mkdtempSync(join(tmpdir(), "lock-"));

describe("lockDirectory", () => {
  it("refuses a second owner while the first lives, and frees on release", () => {
    const directory = folder();
    const unlock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(
      new RegExp(`in use by process ${process.pid}; allowed: one process a run directory`),
    );
    unlock();
    lockDirectory(directory)();
    expect(existsSync(join(directory, ".lock"))).toBe(false);
  });

  it("is taken over after kill -9 of its owner", async () => {
    const directory = folder();
    const owner = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const { readFileSync } = await import("node:fs");
    const stat = readFileSync(`/proc/${owner.pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    writeFileSync(join(directory, ".lock"), JSON.stringify({ pid: owner.pid, started }));
    expect(() => lockDirectory(directory)).toThrow(/in use/);
    const gone = new Promise((resolve) => owner.on("exit", resolve));
    owner.kill("SIGKILL");
    await gone;
    lockDirectory(directory)();
  });

  it("is not fooled by a reused process id", () => {
    const directory = folder();
    writeFileSync(join(directory, ".lock"), JSON.stringify({ pid: process.pid, started: "1" }));
    lockDirectory(directory)();
  });
});
