// What every stage of a run is handed.
import type { OnProgress } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import type { ModelHost } from "./model-host.js";
import type { RunDirectory } from "./run-directory.js";

export interface Walk {
  config: RunConfig;
  directory: RunDirectory;
  host: ModelHost;
  onProgress: OnProgress | undefined;
  signal: AbortSignal | undefined;
}
