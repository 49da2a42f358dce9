// The real `selfspec` command in a process of its own, with a home directory of its own: what a person's shell would see.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";

/** What `npm run selfspec` starts. */
export const program = join(projectRoot(), "kernel-lib", "dist", "cli", "main.js");

export interface Ended {
  /** Exit code, or the signal that killed it. */
  code: number | NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** What it has written to stderr so far. */
  stderr(): string;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "selfspec-cli-"));

/** Undefined values take a variable out of the environment. */
export type Environment = Record<string, string | undefined>;

export function startSelfspec(args: readonly string[], environment: Environment = {}): Running {
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build`);
  const env = { ...process.env, SELFSPEC_HOME: temporaryFolder(), ...environment };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.stdout += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.stderr += chunk;
  });
  return {
    child,
    stderr: () => said.stderr,
    ended: new Promise((resolve) => child.on("close", (code, signal) => resolve({ code: code ?? signal, ...said }))),
  };
}

export const selfspec = (args: readonly string[], environment?: Environment): Promise<Ended> =>
  startSelfspec(args, environment).ended;

/** The line that says what went wrong; there is exactly one. */
export function complaintOf({ stderr }: Ended): string {
  const lines = stderr.split("\n").filter((line) => line.startsWith("selfspec: "));
  expect(lines, stderr).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at .*:\d+/m);
  return lines[0]!;
}
