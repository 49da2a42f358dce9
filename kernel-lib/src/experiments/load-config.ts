// Reads configurations, an experiment's or a run's; what is wrong with one is told by its key.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { InputError, projectRoot, sha256 } from "../runtime/index.js";
import { type ExperimentConfig, experimentSchema, type RunConfig, runConfigSchema } from "./config.js";

const configFolder = (): string => join(projectRoot(), "data", "experiments");

/** The names that `run <config>` knows without a path. */
export const knownExperiments = (): string[] =>
  readdirSync(configFolder())
    .filter((name) => name.endsWith(".json"))
    .map((name) => basename(name, ".json"));

/**
 * Loads an experiment by name (`biomedicine`) or by the path of a JSON file.
 * @throws InputError for a missing file, bad JSON, an unknown key or a value out of range, naming the key.
 */
export function loadExperiment(nameOrPath: string): ExperimentConfig {
  const named = join(configFolder(), `${nameOrPath}.json`);
  const path = existsSync(named) ? named : resolve(nameOrPath);
  if (!existsSync(path))
    throw new InputError({
      got: `experiment "${nameOrPath}"`,
      allowed: `${knownExperiments().join(", ")}, or the path of a JSON file`,
      todo: "see data/experiments/README.md",
    });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new InputError({ got: `${path} is not JSON (${(error as Error).message})`, todo: "correct it" }, { cause: error });
  }
  return parseExperiment(value, path);
}

export const parseExperiment = (value: unknown, where: string): ExperimentConfig => parseConfig(experimentSchema, value, where);

/** The configuration that a run directory keeps. */
export const parseRunConfig = (value: unknown, where: string): RunConfig => parseConfig(runConfigSchema, value, where);

function parseConfig<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const place = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const key = [place, issue.keys[0]].filter(Boolean).join(".");
    throw new InputError({
      got: `unknown config key "${key}" in ${where}`,
      allowed: allowedKeys(schema, issue.path).join(", "),
      todo: "remove or correct it",
    });
  }
  throw new InputError({ got: `config key "${place}" in ${where}: ${issue.message}`, todo: "see data/experiments/README.md" });
}

/** The schema inside defaults and null. */
const unwrapped = (schema: unknown): unknown =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable
    ? unwrapped(schema.unwrap())
    : schema;

function allowedKeys(root: z.ZodType, path: PropertyKey[]): string[] {
  let schema: unknown = root;
  for (const key of path) schema = unwrapped(schema instanceof z.ZodObject ? schema.shape[String(key)] : undefined);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Eight hex digits that name a run's configuration, whatever the order of its keys: another configuration is another run directory. */
export const configHash = (config: RunConfig): string =>
  sha256(JSON.stringify(parseRunConfig(config, "the configuration"))).slice(0, 8);
