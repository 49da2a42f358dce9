// Where a run keeps what: one folder a stage, named as in the report. Everything a finished run knows can be read back from here.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { homeDirectory, InputError, readJson, writeJson } from "../runtime/index.js";
import type { RunConfig } from "./config.js";
import { configHash, parseRunConfig } from "./load-config.js";
import type { TunedSystem } from "./systems.js";

export const stageSecondsSchema = z.strictObject({ stage: z.string(), seconds: z.number() });
export type StageSeconds = z.infer<typeof stageSecondsSchema>;

/** What the run met on this machine; written when it is known, kept for the report. */
export const surroundingsSchema = z.strictObject({
  model: z.string().optional(),
  modelSha256: z.string().optional(),
  endpoint: z.string().optional(),
  backend: z.string().optional(),
  /** Budgets that were cut to keep the time, each a sentence. */
  shrunk: z.array(z.string()).optional(),
  machine: z.string().optional(),
  date: z.string().optional(),
});
export type Surroundings = z.infer<typeof surroundingsSchema>;

export class RunDirectory {
  constructor(readonly path: string) {}

  private file = (...parts: string[]): string => join(this.path, ...parts);
  /** The folder of the main data set's stage, or that of another system's own. */
  private stage = (stage: string, system: TunedSystem): string =>
    system === "self-specialised" ? this.file(stage) : this.file("variants", system, stage);
  readonly instructions = (system: TunedSystem = "self-specialised") => this.stage("instructions", system);
  readonly responses = (system: TunedSystem = "self-specialised") => this.stage("responses", system);
  readonly dataset = (system: TunedSystem = "self-specialised") => this.stage("dataset", system);
  readonly training = (system: TunedSystem) => this.file("lora", system);
  readonly evaluation = () => this.file("evaluate");
  readonly figures = () => this.file("figures");
  readonly report = () => this.file("report");
  readonly agreement = (system: TunedSystem) => this.file("lora", system, "agreement.json");
  readonly scores = () => this.file("evaluate", "scores.json");

  surroundings(): Surroundings {
    const path = this.file("surroundings.json");
    return existsSync(path) ? surroundingsSchema.parse(readJson(path)) : {};
  }

  remember(facts: Surroundings): void {
    writeJson(this.file("surroundings.json"), { ...this.surroundings(), ...facts });
  }

  /** Seconds a stage took, summed over the processes that worked on it. */
  stages(): StageSeconds[] {
    const path = this.file("stages.json");
    return existsSync(path) ? z.array(stageSecondsSchema).parse(readJson(path)) : [];
  }

  addSeconds(stage: string, seconds: number): void {
    const stages = this.stages();
    const known = stages.find((entry) => entry.stage === stage);
    if (known) known.seconds += seconds;
    else stages.push({ stage, seconds });
    writeJson(this.file("stages.json"), stages);
  }

  /** Writes the configuration, or checks that it is the one the directory was begun with. */
  claim(config: RunConfig): void {
    const path = this.file("config.json");
    if (!existsSync(path)) {
      writeJson(path, config);
      return;
    }
    const begun = configHash(parseRunConfig(readJson(path), path));
    if (begun !== configHash(config))
      throw new InputError({
        got: `${this.path} was begun with another configuration (${begun}, not ${configHash(config)})`,
        allowed: "continuing a run with the configuration it was begun with",
        todo: "leave --dir out, or name an empty folder",
      });
  }
}

/** The name of a run's folder: another configuration is another folder, so a changed run never meets old rows. */
export const defaultRunName = (config: RunConfig): string => `${config.name}-${config.size}-${configHash(config)}`;

export const defaultRunDirectory = (config: RunConfig): string => homeDirectory("runs", defaultRunName(config));
