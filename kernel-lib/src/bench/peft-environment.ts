// The Python environment of PEFT's side: PyTorch, transformers and PEFT at the versions of kernel-lib/bench/requirements.txt.
import type { OnProgress } from "../runtime/index.js";
import { benchFile, pythonEnvironment } from "./python-environment.js";

export const peftScript = (): string => benchFile("peft-steps.py");

/** PyPI's torch for Linux brings CUDA's libraries along, which a CPU does not use. */
const download = "about 3 GB from PyPI, 7 GB on disk";

export const peftPython = (told: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined }): Promise<string> =>
  pythonEnvironment({
    ...{ name: "peft", title: "PEFT", requirements: "requirements.txt", download },
    ...{ otherwise: "measure our side alone by --sides tfjs", ...told },
  });
