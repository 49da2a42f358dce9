// What `npm start`, `npm test`, `npm run setup`, `npm run lab` and `npm run bench` begin with: plain Node, nothing installed yet. It
// installs the packages of the lockfile and compiles kernel-lib, each only when it has to, then hands over to the compiled `selfspec`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildIsCurrent, lockfileIsInstalled, recordBuild, recordInstall, root } from "./stamps.mjs";
import { runTests } from "./test.mjs";

const [verb = "start", ...args] = process.argv.slice(2);

function fail(line, code) {
  console.error(`selfspec: ${line}`);
  process.exit(code);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`this is Node ${process.versions.node}; allowed: 20.19 or newer; install a newer Node`, 2);
}

/** Runs one step that takes a while: says what it does first, and how long it took after. */
function step(title, size, program, programArgs) {
  const began = performance.now();
  console.error(` ▸ ${title}${size ? `  (${size})` : ""}`);
  const result = spawnSync(program, programArgs, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (result.status === 0) return console.error(` ✓ ${title}  ${seconds} s`);
  const said = `${result.stdout ?? ""}${result.stderr ?? ""}`.trim().split("\n").slice(-25).join("\n");
  console.error(said);
  fail(
    `${title} failed after ${seconds} s (${result.error?.message ?? `exit code ${result.status ?? result.signal}`}); the reason stands above; the same command tries again`,
    1,
  );
}

checkNode();
if (!lockfileIsInstalled()) {
  // Not `npm ci`: it refuses a lockfile that lacks some other platform's optional binaries, which not every registry mirror carries.
  step("Node packages from package-lock.json", "840 MB to fetch, 2.2 GB on disk, from the npm registry", "npm", [
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
  ]);
  recordInstall();
}
if (!buildIsCurrent()) {
  step("kernel-lib compiled", "", process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "kernel-lib"]);
  recordBuild();
}
const selfspec = join(root, "kernel-lib", "dist", "cli", "main.js");
if (!existsSync(selfspec))
  fail(`${selfspec} is missing although the build ended well; remove kernel-lib/dist and run the same command`, 1);

if (verb === "test") process.exit(await runTests(args));

/** `npm start -- --size laptop` is `selfspec run biomedicine --size laptop` after set-up. */
const commands = {
  start: [
    ["setup", "--for", "start"],
    ["run", ...(args[0] && !args[0].startsWith("-") ? args : ["biomedicine", "--size", "quick", ...args])],
  ],
  setup: [["setup", ...args]],
  lab: [
    ["setup", "--for", "lab"],
    ["lab", ...args],
  ],
  bench: [
    ["setup", "--for", "start"],
    ["bench", ...args],
  ],
};
if (!(verb in commands)) fail(`verb "${verb}"; allowed: start, test, setup, lab, bench`, 2);
for (const command of commands[verb]) {
  const child = spawn(process.execPath, [selfspec, ...command], {
    cwd: process.env.INIT_CWD ?? root,
    stdio: "inherit",
    // Training may run in this process: its allocator takes pages of 2 MB (kernel-lib/src/runtime/huge-pages.ts).
    env: { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1", ...process.env },
  });
  // Ctrl+C reaches the child by itself (same terminal); what only this process gets is passed on.
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {});
  const code = await new Promise((resolve) => child.on("close", (exit) => resolve(exit ?? 1)));
  if (code !== 0) process.exit(code);
}
