// `npm test`: lint and format, types, notebooks, then every vitest file, end-to-end runs included. Ends with `N passed, N failed`.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./stamps.mjs";

const bin = (...parts) => join(root, "node_modules", ...parts);
const selfspec = join(root, "kernel-lib", "dist", "cli", "main.js");

const checks = [
  { name: "lint and format", args: [bin("@biomejs", "biome", "bin", "biome"), "check", "."] },
  { name: "types: kernel-lib", args: [bin("typescript", "bin", "tsc"), "-p", "kernel-lib", "--noEmit"] },
  { name: "types: test", args: [bin("typescript", "bin", "tsc"), "-p", "test"] },
  { name: "notebooks are valid and in normal form", args: [selfspec, "notebooks", "check"] },
];

const run = (args) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    child.on("close", (code) => resolve(code ?? 1));
  });

/** Arguments go to vitest and leave the other checks out: `npm test -- test/filter`. */
export async function runTests(vitestArgs) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const setup = await run([selfspec, "setup", "--for", "test"]);
  if (setup !== 0) return setup;
  for (const { name, args } of vitestArgs.length === 0 ? checks : []) {
    const began = performance.now();
    const passed = (await run(args)) === 0;
    count[passed ? "passed" : "failed"]++;
    console.log(` ${passed ? "✓" : "✗"} ${name}  ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  const folder = join(root, ".selfspec");
  const report = join(folder, "vitest.json");
  mkdirSync(folder, { recursive: true });
  rmSync(report, { force: true });
  const code = await run([
    bin("vitest", "vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${report}`,
    ...vitestArgs,
  ]);
  if (existsSync(report)) {
    const result = JSON.parse(readFileSync(report, "utf8"));
    count.passed += result.numPassedTests;
    count.failed += result.numFailedTests;
    count.skipped += result.numPendingTests + result.numTodoTests;
    // A file that could not even be loaded holds no failed test; it must still count as a failure.
    count.failed += result.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  }
  if (code !== 0 && count.failed === 0) count.failed = 1;
  console.log(`${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ""}`);
  return count.failed === 0 ? 0 : 1;
}
