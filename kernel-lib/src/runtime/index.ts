export { clock, deriveRandom, deriveSeed, type Random } from "./clock-rng.js";
export { type Complaint, errorLine, exitCodeOf, InputError, RunError, StoppedError, throwIfStopped } from "./errors.js";
export { explainWriteError, readJson, sha256, sha256File, writeAtomic, writeJson, writeParts } from "./files.js";
export { withHugePages } from "./huge-pages.js";
export { type JsonlLog, openJsonlLog, readJsonl, toJsonl, writeJsonl } from "./jsonl.js";
export { lockDirectory } from "./lock.js";
export { cacheDirectory, homeDirectory, projectRoot } from "./places.js";
export type { OnProgress, ProgressEvent } from "./progress.js";
export { type Stopwatch, startStage } from "./stopwatch.js";
