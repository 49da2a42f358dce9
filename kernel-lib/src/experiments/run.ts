// A run: one experiment at one size in one directory. The same object serves the command line, where it works in place, and notebooks,
// where it works in a child process so that the kernel stays alive and answers.
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkBaseURL } from "../endpoint/index.js";
import { getTask } from "../evaluate/index.js";
import { InputError, lockDirectory, type OnProgress, readJson } from "../runtime/index.js";
import { walkInChild } from "./child-run.js";
import { chooseSize, type RunChanges } from "./choose-size.js";
import type { ExperimentConfig, RunConfig, SizeName } from "./config.js";
import { type StageName, walkCorridor } from "./corridor.js";
import { checkEvaluated } from "./evaluated-systems.js";
import { choosePreset } from "./generate-stage.js";
import { loadExperiment, parseExperiment, parseRunConfig } from "./load-config.js";
import { defaultRunDirectory, RunDirectory } from "./run-directory.js";
import { type RunResult, readResult } from "./run-result.js";
import { withSettings } from "./settings.js";
import { checkSystems } from "./systems.js";

export interface OpenRunOptions {
  /** An experiment's name, the path of its JSON file, or the configuration itself. */
  config: string | ExperimentConfig;
  /** Default "quick". */
  size?: SizeName;
  /** Default: under `.selfspec/runs`, named by experiment, size and configuration. */
  directory?: string;
  /** What to change in the configuration. */
  changes?: RunChanges;
  /** Single values by path, `{ "lora.rank": 16 }`; applied last. */
  settings?: Readonly<Record<string, unknown>>;
}

export interface ExecuteOptions {
  /** Stop after this stage; default: all of them. */
  until?: StageName;
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** A replay bundle (`selfspec cache export`) that answers in place of any model: the rows are rebuilt without a call. */
  replay?: string;
  /** Work in a child process, whose death the caller survives; default false. */
  inChild?: boolean;
}

export class Run {
  readonly directory: RunDirectory;

  constructor(
    readonly config: RunConfig,
    directory: string,
  ) {
    this.directory = new RunDirectory(directory);
  }

  /**
   * Does what is left to do and returns all that the run knows.
   * @throws InputError when another process works in the directory or it was begun with another configuration; StoppedError on abort.
   */
  async execute(options: ExecuteOptions = {}): Promise<RunResult> {
    const { inChild = false, ...rest } = options;
    if (inChild) await walkInChild({ config: this.config, directory: this.directory, ...rest });
    else {
      const unlock = lockDirectory(this.directory.path);
      try {
        this.directory.claim(this.config);
        await walkCorridor({ config: this.config, directory: this.directory, ...rest });
      } finally {
        unlock();
      }
    }
    return this.result();
  }

  /** What the finished stages left on disk. */
  result(): RunResult {
    return readResult(this.config, this.directory);
  }
}

/** Opens a run without starting it. @throws InputError for an unknown experiment, size, key or value, preset or task. */
export function openRun({ config, size = "quick", directory, changes, settings = {} }: OpenRunOptions): Run {
  const experiment = typeof config === "string" ? loadExperiment(config) : parseExperiment(config, "the configuration");
  const chosen = withSettings(chooseSize(experiment, size, changes), settings);
  // Names that only a late stage looks up are refused here, not after the work of the stages before it.
  choosePreset(chosen);
  chosen.tasks.forEach(getTask);
  checkSystems(chosen);
  checkEvaluated(chosen);
  if (chosen.endpoint.baseURL !== null) checkBaseURL(chosen.endpoint.baseURL);
  const path = directory ? resolve(directory) : defaultRunDirectory(chosen);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new InputError({
      got: `${path} is no folder`,
      allowed: "a new folder, or that of a run",
      todo: "name another one with --dir",
    });
  return new Run(chosen, path);
}

/** Opens the run that a directory holds. @throws InputError when it holds none. */
export function reopenRun(directory: string): Run {
  const path = join(resolve(directory), "config.json");
  if (!existsSync(path))
    throw new InputError({ got: `${directory} holds no run`, allowed: "a folder that `run` made", todo: "see .selfspec/runs" });
  return new Run(parseRunConfig(readJson(path), path), resolve(directory));
}
