// JupyterLab in a virtual environment of its own, for `npm run lab`.
import { findJupyter, installJupyter, jupyterDownload } from "../notebook/index.js";
import type { SetupStep } from "./step.js";

export const jupyterStep: SetupStep = {
  id: "jupyter",
  title: "JupyterLab with Plotly's renderer, in a virtual environment in the cache",
  size: jupyterDownload,
  required: false,
  check() {
    const found = findJupyter();
    return found
      ? { ready: true, detail: found.path }
      : { ready: false, detail: "not installed", todo: "npm run lab installs it, or put your own jupyter on the PATH" };
  },
  async install(signal) {
    await installJupyter({ signal });
  },
};
