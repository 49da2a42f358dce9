// `lab`: JupyterLab on notebooks/ with this checkout's kernel.
import type { Command } from "commander";
import { openBrowser, startLab } from "../notebook/index.js";
import { InputError } from "../runtime/index.js";
import { abortOnInterrupt } from "./interrupt.js";
import { say } from "./output.js";

export function addLabCommand(program: Command): void {
  program
    .command("lab")
    .description("JupyterLab with the TypeScript kernel, on notebooks/")
    .option("--port <port>", "any free one by default")
    .option("--no-browser", "print the address only")
    .action(async (options: { port?: string; browser: boolean }) => {
      const port = options.port === undefined ? undefined : Number(options.port);
      if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536))
        throw new InputError({ got: `--port ${options.port}`, allowed: "1 to 65535" });
      const signal = abortOnInterrupt();
      const lab = await startLab({ notebook: "00-quickstart.ipynb", signal, ...(port !== undefined && { port }) });
      say(` JupyterLab  ${lab.url}`);
      say(" Ctrl+C ends it");
      if (options.browser) openBrowser(lab.url);
      const ended = new Promise<void>((resolve) => lab.process.once("exit", () => resolve()));
      signal.addEventListener("abort", () => void lab.stop(), { once: true });
      await ended;
    });
}
