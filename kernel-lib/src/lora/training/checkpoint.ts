// Where a training stands (adapter, optimiser, position) and the best adapter so far, each in one file that is replaced at once.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, type SafetensorsToWrite, writeSafetensors } from "../../models/index.js";
import { InputError } from "../../runtime/index.js";
import type { AdamWState } from "../backends/adamw.js";

export interface Checkpoint extends AdamWState {
  parameters: Float32Array;
  /** Optimiser steps that are in it. */
  step: number;
}

export const checkpointPath = (directory: string): string => join(directory, "checkpoint.safetensors");
export const bestPath = (directory: string): string => join(directory, "best.safetensors");

function saveVectors(path: string, vectors: Record<string, Float32Array>, step: number): void {
  const tensors = Object.entries(vectors).map(
    ([name, values]): SafetensorsToWrite => ({ name, type: "F32", shape: [values.length], values }),
  );
  writeSafetensors({ path, tensors, metadata: { step: String(step) } });
}

/** @throws InputError for a damaged file, or one of another adapter's size. */
function readVectors<Name extends string>(path: string, names: readonly Name[], length: number) {
  const file = readSafetensors(path);
  try {
    const vectors = names.map((name) => {
      const [found] = file.tensors.get(name)?.shape ?? [];
      if (found === length) return [name, file.readTensor(name)];
      throw new InputError({
        got: `${path}: ${name} has ${found ?? "no"} values`,
        allowed: `${length}`,
        todo: "remove the checkpoint to train from the start",
      });
    });
    return { vectors: Object.fromEntries(vectors) as Record<Name, Float32Array>, step: Number(file.metadata.step) };
  } finally {
    file.close();
  }
}

export function saveCheckpoint(directory: string, { parameters, firstMoment, secondMoment, step }: Checkpoint): void {
  saveVectors(checkpointPath(directory), { parameters, firstMoment, secondMoment }, step);
}

/** The last checkpoint; undefined where there is none. Throws InputError for a damaged one, or one of another adapter's size. */
export function loadCheckpoint(directory: string, parameterCount: number): Checkpoint | undefined {
  const path = checkpointPath(directory);
  if (!existsSync(path)) return undefined;
  const { vectors, step } = readVectors(path, ["parameters", "firstMoment", "secondMoment"], parameterCount);
  return { ...vectors, step };
}

export const saveBest = (directory: string, parameters: Float32Array, step: number): void =>
  saveVectors(bestPath(directory), { parameters }, step);

/** The parameters with the lowest validation loss. Throws InputError where the file is damaged. */
export const loadBest = (directory: string, parameterCount: number): Float32Array =>
  readVectors(bestPath(directory), ["parameters"], parameterCount).vectors.parameters;
