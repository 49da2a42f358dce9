import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { findJupyter, installJupyter, labCommand, startLab, writeKernelspec } from "../../kernel-lib/src/notebook/index.js";
import { RunError, StoppedError } from "../../kernel-lib/src/runtime/index.js";

const folder = (): string => mkdtempSync(join(tmpdir(), "jupyter-"));

function program(directory: string, name: string, script = "#!/bin/sh\nexit 0\n"): string {
  const path = join(directory, name);
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("finding JupyterLab", () => {
  it("takes one on PATH only with JupyterLab beside it, and SELFSPEC_JUPYTER before it", () => {
    vi.stubEnv("SELFSPEC_CACHE", folder());
    const [bare, whole] = [folder(), folder()];
    program(bare, "jupyter");
    expect(findJupyter({ PATH: bare })).toBeUndefined();
    const jupyter = program(whole, "jupyter");
    program(whole, "jupyter-lab");
    expect(findJupyter({ PATH: `${bare}:${whole}` })).toEqual({ path: jupyter, origin: "PATH" });
    expect(findJupyter({ PATH: "", SELFSPEC_JUPYTER: jupyter })?.origin).toBe("SELFSPEC_JUPYTER");
    expect(findJupyter({ PATH: "" })).toBeUndefined();
  });
});

describe("installing JupyterLab", () => {
  it("says in one line that Python is missing, and leaves no lock behind", async () => {
    const cache = folder();
    vi.stubEnv("SELFSPEC_CACHE", cache);
    vi.stubEnv("PATH", "");
    await expect(installJupyter()).rejects.toThrow(/no Python 3.9/);
    expect(existsSync(join(cache, "jupyter", ".lock"))).toBe(false);
  });

  it("reports what pip said when it fails, and does not count as installed", async () => {
    const tools = folder();
    vi.stubEnv("SELFSPEC_CACHE", folder());
    const python = program(
      tools,
      "python3",
      '#!/bin/sh\n[ "$2" = venv ] && { /bin/mkdir -p "$3/bin"; /bin/cp "$0" "$3/bin/python"; exit 0; }\n[ "$2" = pip ] && { echo "no route to the index" >&2; exit 1; }\nexit 0\n',
    );
    expect(existsSync(python)).toBe(true);
    vi.stubEnv("PATH", tools);
    await expect(installJupyter()).rejects.toThrow(/no route to the index/);
    expect(findJupyter({ PATH: "" })).toBeUndefined();
  });

  it("stops when aborted", async () => {
    vi.stubEnv("SELFSPEC_CACHE", folder());
    await expect(installJupyter({ signal: AbortSignal.abort() })).rejects.toThrow(StoppedError);
  });
});

describe("the lab", () => {
  it("binds to loopback and keeps its token off the command line", () => {
    const { args } = labCommand({ jupyter: "jupyter", port: 5000, directory: "/n" });
    expect(args).toEqual(expect.arrayContaining(["--ip=127.0.0.1", "--port=5000", "--no-browser"]));
    expect(args.join(" ")).not.toMatch(/token/i);
  });

  it("has a kernelspec that starts this checkout's tslab with this Node", () => {
    vi.stubEnv("SELFSPEC_HOME", folder());
    const spec = JSON.parse(readFileSync(join(writeKernelspec(), "kernels", "tslab", "kernel.json"), "utf8"));
    expect(spec).toMatchObject({
      language: "typescript",
      argv: [process.execPath, expect.stringContaining("tslab"), "kernel", expect.any(String)],
    });
    expect(existsSync(spec.argv[1])).toBe(true);
  });

  it("that ends at once is an error with its last words", async () => {
    vi.stubEnv("SELFSPEC_HOME", folder());
    vi.stubEnv("SELFSPEC_JUPYTER", program(folder(), "jupyter", '#!/bin/sh\necho "no module named jupyterlab" >&2\nexit 1\n'));
    await expect(startLab({ directory: folder() })).rejects.toThrow(/no module named jupyterlab/);
    vi.stubEnv("SELFSPEC_JUPYTER", "/does/not/exist");
    await expect(startLab({ directory: folder() })).rejects.toThrow(RunError);
  });
});
