// What a long job tells while it runs. The same events feed the terminal, the notebook and `--json` logs.

export interface ProgressEvent {
  /** The stage's name as the user sees it: "instructions", "lora: seeds only". */
  stage: string;
  state: "started" | "running" | "finished";
  /** Units finished and in all; absent where a stage has no count. */
  done?: number;
  total?: number;
  /** The unit of `done`: "written", "steps", "items". */
  unit?: string;
  /** What else is worth a glance, in one line: counts, loss, tokens/s. */
  message?: string;
  /** Seconds since the stage started. */
  seconds: number;
  /** Estimated seconds until the stage ends; absent until it can be told. */
  secondsLeft?: number;
  /** A point to draw live, such as `{step, loss}`. */
  point?: Record<string, number>;
}

export type OnProgress = (event: ProgressEvent) => void;
