// Chromium through playwright-core: the renderer of committed figures. The browser is the system's or the user's own; none is downloaded.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Browser } from "playwright-core";
import { InputError } from "../runtime/index.js";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const macApplications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The path of a Chromium or Chrome: `SELFSPEC_CHROMIUM`, else the first on PATH, else macOS's application folder, else undefined.
 * `SELFSPEC_CHROMIUM=none` means there is none, on purpose.
 * @throws InputError when SELFSPEC_CHROMIUM names no executable file.
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = env.SELFSPEC_CHROMIUM;
  if (chosen === "none") return undefined;
  if (chosen) {
    if (isExecutable(chosen)) return chosen;
    throw new InputError({
      got: `SELFSPEC_CHROMIUM=${chosen}`,
      allowed: `the path of an executable, or "none"`,
      todo: "correct or unset it",
    });
  }
  const onPath = (env.PATH ?? "").split(delimiter).filter(Boolean);
  return [...onPath.flatMap((folder) => names.map((name) => join(folder, name))), ...macApplications].find(isExecutable);
}

/** Starts a headless Chromium that keeps to itself: a fresh profile, no sandbox (containers run as root), no background traffic. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--force-color-profile=srgb",
      "--font-render-hinting=none",
    ],
  });
}
