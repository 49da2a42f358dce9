// Walks the corridor in a child process: the `run` command itself, which streams its progress as JSON lines. The caller survives the
// child's crash or out-of-memory kill with a clear error; everything finished is on disk.
import { join } from "node:path";
import type { OnProgress } from "../runtime/index.js";
import { callChild } from "./child-process.js";
import type { RunConfig } from "./config.js";
import type { StageName } from "./corridor.js";
import type { RunDirectory } from "./run-directory.js";

export async function walkInChild(options: {
  config: RunConfig;
  directory: RunDirectory;
  until?: StageName;
  replay?: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}): Promise<void> {
  const { config, directory, until, replay, onProgress, signal } = options;
  directory.claim(config);
  await callChild({
    script: join("cli", "main.js"),
    args: ["run-child", directory.path, ...(until ? ["--until", until] : []), ...(replay ? ["--replay", replay] : [])],
    name: "the run",
    todo: "finished rows and the last checkpoint are kept; execute again to continue",
    onProgress,
    signal,
  });
}
