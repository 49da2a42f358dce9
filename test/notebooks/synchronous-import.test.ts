// A notebook's cell imports kernel-lib by `require`, which no module with a top-level await in its graph survives.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";

const built = join(projectRoot(), "kernel-lib", "dist");
const rooms = readdirSync(join(projectRoot(), "kernel-lib", "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(projectRoot(), "kernel-lib", "src", entry.name, "index.ts")))
  .map(({ name }) => name);

describe("a notebook kernel", () => {
  it.each(rooms)(
    "can require the built room %s",
    (room) => {
      const script = `require(${JSON.stringify(join(built, room, "index.js"))})`;
      const flags = ["--disable-warning=ExperimentalWarning", "--experimental-print-required-tla"];
      expect(() => execFileSync(process.execPath, [...flags, "-e", script], { stdio: "pipe", timeout: 60_000 })).not.toThrow();
    },
    90_000,
  );
});
