// Where a training stands: adapter, optimiser and position in one file that is replaced at once.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../runtime/index.js";
import { readSafetensors, writeSafetensors } from "../safetensors.js";
import type { AdamWState } from "./adamw.js";

export interface Checkpoint extends AdamWState {
  parameters: Float32Array;
  /** Optimiser steps that are in it. */
  step: number;
}

export const checkpointPath = (directory: string): string => join(directory, "checkpoint.safetensors");

export function saveCheckpoint(directory: string, { parameters, firstMoment, secondMoment, step }: Checkpoint): void {
  const shape = [parameters.length];
  const tensors = new Map(
    Object.entries({ parameters, firstMoment, secondMoment }).map(([name, values]) => [name, { shape, values }]),
  );
  writeSafetensors(checkpointPath(directory), { tensors, metadata: { step: String(step) } });
}

/** The last checkpoint; undefined where there is none. Throws InputError for a damaged one, or one of another adapter's size. */
export function loadCheckpoint(directory: string, parameterCount: number): Checkpoint | undefined {
  const path = checkpointPath(directory);
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = readSafetensors(path);
  const vector = (name: string): Float32Array => {
    const values = tensors.get(name)?.values;
    if (values?.length === parameterCount) return values;
    throw new InputError({
      got: `${path}: ${name} has ${values?.length ?? "no"} values`,
      allowed: `${parameterCount}`,
      todo: "remove the checkpoint to train from the start",
    });
  };
  return {
    parameters: vector("parameters"),
    firstMoment: vector("firstMoment"),
    secondMoment: vector("secondMoment"),
    step: Number(metadata.step),
  };
}
