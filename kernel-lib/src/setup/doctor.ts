// What works on this machine and, for each thing that does not, why and what to do.
import { cpus, totalmem } from "node:os";
import { backendReport } from "../lora/index.js";
import { listModels } from "../models/index.js";
import { cacheDirectory, homeDirectory } from "../runtime/index.js";
import { benchmarksStep } from "./benchmarks.js";
import { chromiumStep } from "./chromium.js";
import { findProgram } from "./command.js";
import { fusedKernelsStep } from "./fused-kernels.js";
import { jupyterStep } from "./jupyter.js";
import { tensorflowStep } from "./tensorflow.js";

export interface Finding {
  /** "backend tensorflow", "model smollm2-135m-instruct". */
  name: string;
  works: boolean;
  detail: string;
  todo?: string;
}

/** Looks at everything; starts the training backends for a smoke test, so it takes some seconds. */
export async function examine(): Promise<Finding[]> {
  const findings: Finding[] = [
    { name: "node", works: true, detail: `${process.versions.node} on ${process.platform}-${process.arch}` },
    {
      name: "machine",
      works: true,
      detail: `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`,
    },
    { name: "cache", works: true, detail: cacheDirectory() },
    { name: "runs", works: true, detail: homeDirectory() },
  ];
  for (const [name, programs] of [
    ["python with pip", ["python3"]],
    ["C++ compiler", ["g++", "clang++", "c++"]],
  ] as const) {
    const program = findProgram(programs);
    findings.push({
      name,
      works: program !== undefined,
      detail: program ?? "not on the PATH",
      ...(!program && { todo: "only set-up needs it" }),
    });
  }
  for (const step of [tensorflowStep, fusedKernelsStep, chromiumStep, jupyterStep, benchmarksStep]) {
    const { ready, detail, todo } = step.check();
    findings.push({ name: step.id, works: ready, detail, ...(!ready && todo && { todo }) });
  }
  for (const model of listModels())
    findings.push({
      name: `model ${model.id}`,
      works: model.path !== undefined,
      detail: model.path ?? `not in the cache (${Math.round(model.bytes / 1e6)} MB, ${model.licence})`,
      ...(!model.path && { todo: `npm run selfspec -- models pull ${model.id}` }),
    });
  for (const { name, usable, reason, bfloat16 } of await backendReport()) {
    const speeds = bfloat16 && ` (bfloat16 ${bfloat16.gflopsBf16} GFLOP/s, float32 ${bfloat16.gflopsF32})`;
    findings.push({ name: `backend ${name}`, works: usable, detail: `${reason}${speeds ?? ""}` });
  }
  return findings;
}
