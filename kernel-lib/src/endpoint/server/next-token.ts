// Samples the token that follows a position and books what it is worth: its score, its text, and whether it is the last.
import { RunError } from "../../runtime/index.js";
import type { LoadedModel } from "./loaded-model.js";
import type { RunningJob } from "./running-job.js";
import { readDistribution } from "./token-scores.js";

function show(job: RunningJob, delta: string): void {
  job.text += delta;
  if (delta !== "") job.request.onText?.(delta);
}

/** Takes the token after a batch position whose logits are there; why the job ends with it, or undefined where it goes on with `job.next`. */
export async function takeNextToken(
  job: RunningJob,
  { model, batchIndex }: { model: LoadedModel; batchIndex: number },
): Promise<"stop" | "length" | undefined> {
  const { request } = job;
  const { context } = model.native;
  const token = await context.sampleToken(batchIndex, job.sampler);
  if (token < 0) throw new RunError({ got: "llama.cpp sampled no token", todo: "check the model file with `selfspec models`" });
  if (model.isEndOfText(token)) {
    show(job, job.stream.flush());
    return "stop";
  }
  job.generated++;
  if (job.scorer && request.topLogprobs !== undefined) {
    const reading = { context, scorer: job.scorer, batchIndex, wanted: [token], top: request.topLogprobs };
    const distribution = await readDistribution(reading);
    job.scores.push({ token, logprob: distribution.logprobOf(token), top: distribution.top });
  }
  const { delta, stopped } = job.stream.push(token);
  show(job, delta);
  if (stopped) return "stop";
  if (job.generated >= request.maxTokens) {
    show(job, job.stream.flush());
    return "length";
  }
  job.next = token;
  return undefined;
}
