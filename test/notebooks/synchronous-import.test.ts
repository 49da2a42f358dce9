// A notebook's cell imports kernel-lib by `require`, which no module with a top-level await in its graph survives.
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { projectRoot } from "../../kernel-lib/src/runtime/index.js";

it("the built kernel-lib can be required by a notebook kernel", () => {
  const flags = ["--disable-warning=ExperimentalWarning", "--experimental-print-required-tla"];
  const load = () =>
    execFileSync(process.execPath, [...flags, "-e", 'require("kernel-lib")'], { cwd: projectRoot(), stdio: "pipe" });
  expect(load).not.toThrow();
}, 60_000);
