import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Two cores: files run two at a time; real-model tests carry their own, longer limits.
export default defineConfig({
  resolve: { alias: { "kernel-lib": fileURLToPath(new URL("kernel-lib/src/index.ts", import.meta.url)) } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 20_000, hookTimeout: 60_000, maxWorkers: 2, pool: "forks" },
});
