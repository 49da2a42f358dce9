// Which TensorFlow is fetched, and where its parts come to lie. The wheels here are made by the test; nothing is fetched.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cacheDirectory, sha256File } from "../../kernel-lib/src/runtime/index.js";
import { stepsFor } from "../../kernel-lib/src/setup/set-up.js";
import { unpackWheels } from "../../kernel-lib/src/setup/tensorflow-unpack.js";
import { pipArguments, tensorflowBuilds } from "../../kernel-lib/src/setup/tensorflow-wheels.js";
import { selfspec } from "../cli/command.js";

const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "selfspec-tensorflow-"));
const python = spawnSync("python3", ["--version"]).status === 0;

describe("the choice of TensorFlow", () => {
  it("is the one for processors, or with --gpu the same version for CUDA with NVIDIA's libraries, told with its size", () => {
    const step = (gpu?: boolean) => stepsFor("start", gpu).find(({ id }) => id === "tensorflow")!;
    expect(step().title).toBe(step(false).title);
    expect(step(false).title).not.toContain("CUDA");
    expect(step(true).title).toContain("for CUDA 12 (untested on a GPU)");
    expect(step(true).size).toMatch(/^33\d\d MB from PyPI, \d{4} MB unpacked$/);
    expect(stepsFor("start", true).map(({ id }) => id)).toEqual(stepsFor("start").map(({ id }) => id));
  });

  it("pins every file: pip is asked for the version and the platform in its name", () => {
    const [cpu, gpu] = [tensorflowBuilds.cpu.wheels, tensorflowBuilds.gpu.wheels];
    expect(cpu.map(({ requirement }) => requirement)).toEqual(["tensorflow-cpu==2.21.0"]);
    expect(gpu[0]!.requirement).toBe("tensorflow==2.21.0");
    expect(gpu.slice(1).every(({ requirement }) => /^nvidia-[a-z-]+-cu12==[\d.]+$/.test(requirement))).toBe(true);
    expect(new Set([...cpu, ...gpu].map(({ sha256 }) => sha256)).size).toBe(cpu.length + gpu.length);
    for (const wheel of [...cpu, ...gpu]) {
      const [name, version] = wheel.requirement.split("==") as [string, string];
      expect(wheel.file.startsWith(`${name.replaceAll("-", "_")}-${version}-`)).toBe(true);
      const asked = pipArguments(wheel, "/folder");
      for (const platform of wheel.file.match(/manylinux\w+/g)!) expect(asked).toContain(platform);
      expect(asked.slice(-3)).toEqual(["-d", "/folder", wheel.requirement]);
    }
  });

  it("is offered by the command, which says that it was never tried on a GPU", async () => {
    const { stdout } = await selfspec(["setup", "--help"]);
    expect(stdout.replace(/\s+/g, " ")).toMatch(/--gpu .*CUDA 12.*untested on a GPU.*--no-gpu/);
  }, 60_000);
});

describe.skipIf(!python)("unpacking (skipped without python3)", () => {
  beforeEach(() => {
    vi.stubEnv("SELFSPEC_CACHE", temporaryFolder());
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** A wheel in the downloads, as put there by hand, with a line of text for every member. */
  async function wheelOf(file: string, members: readonly string[]) {
    const folder = cacheDirectory("downloads");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, file);
    const script =
      "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n  for m in sys.argv[2:]: z.writestr(m, 'of ' + m)";
    expect(spawnSync("python3", ["-c", script, path, ...members]).status).toBe(0);
    return { requirement: "", file, bytes: 1, sha256: await sha256File(path) };
  }

  it("takes the libraries, the headers and the licences, and puts NVIDIA's libraries where TensorFlow's look for them", async () => {
    const into = join(temporaryFolder(), "deps");
    const wheels = [
      await wheelOf("tensorflow-1-cp311-cp311-x.whl", [
        "tensorflow/libtensorflow_cc.so.2",
        "tensorflow/include/tensorflow/c/c_api.h",
        "tensorflow/include/unsupported/Eigen/Tensor.h",
        "tensorflow/python/layers.py",
        "tensorflow-1.dist-info/LICENSE",
      ]),
      await wheelOf("nvidia_cublas_cu12-1-py3-none-x.whl", [
        "nvidia/cublas/lib/libcublas.so.12",
        "nvidia/cublas/include/cublas.h",
        "nvidia_cublas_cu12-1.dist-info/License.txt",
      ]),
    ];
    const fetched = await unpackWheels({ wheels, libraries: ["libtensorflow_cc.so.2"], into });
    expect(fetched).toEqual([]);
    expect(existsSync(cacheDirectory("downloads", wheels[0]!.file))).toBe(true);
    expect(
      readdirSync(into, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(into.length + 1))
        .sort(),
    ).toEqual([
      "LICENSE",
      "include/tensorflow/c/c_api.h",
      "lib/libtensorflow_cc.so.2",
      "nvidia/cublas/lib/libcublas.so.12",
      "nvidia/licences/nvidia_cublas_cu12/License.txt",
    ]);
    expect(readFileSync(join(into, "LICENSE"), "utf8")).toBe("of tensorflow-1.dist-info/LICENSE");
  });
});
