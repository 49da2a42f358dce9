// Chromium draws the committed figures and drives the browser tests. It comes from the system's packages, where the run has the rights.
import { findChromium } from "../report/index.js";
import { RunError } from "../runtime/index.js";
import { findProgram, runProgram } from "./command.js";
import type { SetupStep } from "./step.js";

const advice =
  "install it from the system's packages (Debian: apt-get install chromium fonts-liberation) or set SELFSPEC_CHROMIUM to its path";

export const chromiumStep: SetupStep = {
  id: "chromium",
  title: "Chromium and a font from the system's packages",
  size: "about 120 MB",
  required: false,
  check() {
    const path = findChromium();
    return path
      ? { ready: true, detail: path }
      : { ready: false, detail: "not found: figures are drawn by jsdom and resvg, browser tests are skipped", todo: advice };
  },
  async install(signal) {
    if (process.getuid?.() !== 0 || !findProgram(["apt-get"]))
      throw new RunError({ got: "this user may not install system packages, or there is no apt-get", todo: advice });
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await runProgram("apt-get", ["update", "-qq"], { env, signal });
    await runProgram("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-liberation"], {
      env,
      signal,
    });
  },
};
