// The errors a user sees: one sentence that says what was got, what is allowed and what to do, and the exit code it ends with.

export interface Complaint {
  /** What was got, as a sentence fragment: `config key "topp"`. */
  got: string;
  /** What would have been accepted. */
  allowed?: string;
  /** What the user can do now. */
  todo?: string;
}

function oneLine({ got, allowed, todo }: Complaint): string {
  const parts = [got, allowed && `allowed: ${allowed}`, todo].filter(Boolean).join("; ");
  return parts.replace(/\s+/g, " ").trim();
}

/** Bad usage or bad input: exit code 2, nothing was started or lost. */
export class InputError extends Error {
  readonly exitCode = 2;
  readonly complaint: Complaint;
  constructor(complaint: Complaint, options?: ErrorOptions) {
    super(oneLine(complaint), options);
    this.name = "InputError";
    this.complaint = complaint;
  }
}

/** A run that could not go on: exit code 1, everything finished so far stays on disk. */
export class RunError extends Error {
  readonly exitCode = 1;
  readonly complaint: Complaint;
  constructor(complaint: Complaint, options?: ErrorOptions) {
    super(oneLine(complaint), options);
    this.name = "RunError";
    this.complaint = complaint;
  }
}

/** The user stopped the run (Ctrl+C or an AbortSignal): exit code 1, the same command continues. */
export class StoppedError extends RunError {
  constructor(stage: string) {
    super({ got: `stopped in ${stage}`, todo: "finished rows and the last checkpoint are kept; the same command continues" });
    this.name = "StoppedError";
  }
}

/** Throws {@link StoppedError} once the signal is aborted; call it between rows and steps. */
export function throwIfStopped(signal: AbortSignal | undefined, stage: string): void {
  if (signal?.aborted) throw new StoppedError(stage);
}

/** The one line to print for any error; unknown errors keep their own message. */
export function errorLine(error: unknown): string {
  if (error instanceof Error) return error.message.replace(/\s+/g, " ").trim();
  return String(error);
}

/** The exit code of any error: 2 for bad input, 1 for everything else. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof InputError ? 2 : 1;
}
