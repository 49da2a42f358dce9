import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findModel } from "../../kernel-lib/src/models/index.js";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";

const model = findModel("smollm2-135m-instruct");
const library = join(projectRoot(), "kernel-lib", "dist", "endpoint", "index.js");
const missing = [
  !model && "smollm2-135m-instruct is not in the cache",
  !existsSync(library) && "the library is not built",
].filter(Boolean);

/** A process that opens the endpoint, asks one question, says so, and waits until stdin ends. */
const user = `
import { openEndpoint } from ${JSON.stringify(pathToFileURL(library).href)};
const endpoint = await openEndpoint({ model: "small", embedded: { modelPath: process.argv[1], contextTokens: 256, sequences: 2, threads: 1 } });
const { text } = await endpoint.complete({ prompt: "The capital of Spain is", maxTokens: 1, temperature: 0 });
console.log(JSON.stringify({ baseURL: endpoint.baseURL, text }));
process.stdin.resume().on("end", () => endpoint.close());
`;

describe.skipIf(missing.length > 0)(
  `one server for all its users${missing.length > 0 ? ` (skipped: ${missing.join(", ")})` : ""}`,
  () => {
    let home: string;
    const users: ChildProcess[] = [];

    beforeAll(() => {
      home = mkdtempSync(join(tmpdir(), "selfspec-servers-"));
    });

    afterAll(() => {
      for (const child of users) child.kill("SIGKILL");
      rmSync(home, { recursive: true, force: true });
    });

    async function startUser(): Promise<{ child: ChildProcess; baseURL: string; text: string }> {
      const child = spawn(process.execPath, ["--input-type=module", "-e", user, model!.path], {
        env: { ...process.env, SELFSPEC_HOME: home },
        stdio: ["pipe", "pipe", "inherit"],
      });
      users.push(child);
      const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once("line", resolve));
      return { child, ...(JSON.parse(line) as { baseURL: string; text: string }) };
    }

    const addressFiles = (): string[] =>
      readdirSync(join(home, "servers"))
        .map((folder) => join(home, "servers", folder, "address.json"))
        .filter((path) => existsSync(path));
    const serverPid = (): number => (JSON.parse(readFileSync(addressFiles()[0]!, "utf8")) as { pid: number }).pid;
    const isRunning = (pid: number): boolean => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    };
    const gone = (pid: number) => vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000, interval: 50 });

    test("processes that ask for the same model at the same time share one server, which ends with its last user, killed or not", async () => {
      const [first, second] = await Promise.all([startUser(), startUser()]);
      expect(first.baseURL).toBe(second.baseURL);
      expect(first.text).toBe(" Madrid");
      const pid = serverPid();
      first.child.kill("SIGKILL");
      const third = await startUser();
      expect(third.baseURL).toBe(first.baseURL);
      third.child.stdin!.end();
      second.child.kill("SIGKILL");
      await gone(pid);
      expect(addressFiles()).toEqual([]);
    }, 120_000);

    test("a killed server is replaced, and its address file does not mislead", async () => {
      const first = await startUser();
      const pid = serverPid();
      process.kill(pid, "SIGKILL");
      await gone(pid);
      expect(addressFiles()).toHaveLength(1);
      const second = await startUser();
      expect(second.text).toBe(first.text);
      expect(serverPid()).not.toBe(pid);
      const replacement = serverPid();
      second.child.stdin!.end();
      first.child.stdin!.end();
      await gone(replacement);
    }, 120_000);

    test("a request that shares the processor with others is not timed out for their sake", async () => {
      const { openEndpoint } = (await import(library)) as typeof import("../../kernel-lib/src/endpoint/index.js");
      vi.stubEnv("SELFSPEC_HOME", home);
      const modelPath = model!.path;
      const embedded = { modelPath, contextTokens: 256, sequences: 32, threads: 1 };
      const endpoint = await openEndpoint({ model: "small", timeoutSeconds: 2, retries: 0, embedded });
      try {
        const asked = Array.from({ length: 32 }, (_, row) => ({
          prompt: `Line ${row}:`,
          maxTokens: 48,
          temperature: 0.9,
          seed: row,
        }));
        const answers = await Promise.all(asked.map((request) => endpoint.complete(request)));
        expect(answers.every(({ text }) => text !== "")).toBe(true);
      } finally {
        await endpoint.close();
        vi.unstubAllEnvs();
      }
    }, 120_000);

    test("a file that is no model is told in one line by the process that asked", async () => {
      const path = join(home, "broken.gguf");
      writeFileSync(path, readFileSync(model!.path).subarray(0, 5_000_000));
      const { openEndpoint } = (await import(library)) as typeof import("../../kernel-lib/src/endpoint/index.js");
      vi.stubEnv("SELFSPEC_HOME", home);
      const opening = openEndpoint({ model: "small", embedded: { modelPath: path } });
      await expect(opening).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringMatching(/broken\.gguf cannot be loaded/),
      });
      vi.unstubAllEnvs();
    }, 30_000);
  },
);
