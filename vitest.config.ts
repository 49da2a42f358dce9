import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// One file at a time: several of them run the real model, which takes all of a small machine.
export default defineConfig({
  resolve: { alias: { "kernel-lib": fileURLToPath(new URL("kernel-lib/src/index.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/temporary-folder.ts"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
    pool: "forks",
  },
});
