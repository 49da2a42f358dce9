// Starts a lab's job in a process of its own, so that native products do not block the notebook's kernel and a crash does not end it.
import type { OnProgress } from "../../runtime/index.js";
import { callChild } from "../child-process.js";
import { type JobName, type Jobs, jobScript } from "./jobs.js";

export interface JobOptions {
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}

/** @throws what the job throws, and RunError when its process ends. */
export async function startJob<Name extends JobName>(
  job: Name,
  request: Parameters<Jobs[Name]>[0],
  options: JobOptions = {},
): Promise<Awaited<ReturnType<Jobs[Name]>>> {
  const result = await callChild({
    ...{ script: jobScript, input: { job, request }, name: "the lab" },
    todo: "finished trainings are kept; call it again",
    ...options,
  });
  return result as Awaited<ReturnType<Jobs[Name]>>;
}
