// A set-up step: it can tell in milliseconds whether there is anything to do, and says what it does, how big it is and how long it took.

export interface StepState {
  ready: boolean;
  /** What is there, or why it is not: shown by `doctor`. */
  detail: string;
  /** What the user can do when the step itself cannot help. */
  todo?: string;
}

export interface SetupStep {
  id: string;
  /** What the user reads: "TensorFlow 2.21.0 for tfjs-node-gpu". */
  title: string;
  /** Size of what is fetched, for the line before it starts. */
  size?: string;
  /** Without this step the command cannot go on; the others only take something away, which `doctor` names. */
  required: boolean;
  check(): StepState;
  install(signal?: AbortSignal): Promise<void>;
}
