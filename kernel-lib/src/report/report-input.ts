// What a report is made of. `experiments` fills it from a finished run; every part is a row type of the room that made it.
import type { Triple } from "../dataset/index.js";
import type { Difference, Score } from "../evaluate/index.js";
import type { Ledger, Rejection } from "../filter/index.js";

export interface RunMeta {
  /** The experiment's name as the user typed it: "biomedicine". */
  name: string;
  domain: string;
  /** "smoke", "quick", "laptop" or "gpu". */
  size: string;
  /** The base model with its file type: "SmolLM2-135M-Instruct Q4_1". */
  model: string;
  /** What trained it: "tensorflow bf16". */
  backend: string;
  /** How many seeds the run started from. */
  seedCount: number;
  /** The number every random choice is derived from. */
  runSeed: number;
  /** ISO 8601, when the run ended. */
  date: string;
  /** What to type to get this again. */
  command: string;
  /** Processor, cores and memory, in words. */
  machine?: string;
}

/** Where a task's items came from: the benchmark's original files, or the mini set written by this project. */
export interface TaskOrigin {
  origin: "original" | "mini";
  /** The name to print; the task's id when absent. */
  title?: string;
  /** The metric the results table shows; the report lists the others below. */
  mainMetric: string;
  /** Of the task; absent where it was not recorded. */
  version?: number;
}

export interface TrainingPoint {
  /** Optimiser steps, from 1. */
  step: number;
  /** Mean negative log-likelihood of the completion tokens, in nats. */
  loss: number;
  learningRate: number;
  tokensPerSecond: number;
}

export interface TrainingLog {
  /** The system this training makes: "seeds-only" or "self-specialised". */
  system: string;
  points: readonly TrainingPoint[];
}

export interface StageSeconds {
  stage: string;
  seconds: number;
}

/** The measured part of a run: what the results table needs. */
export interface ResultsInput {
  meta: RunMeta;
  scores: readonly Score[];
  differences: readonly Difference[];
  /** By task id. */
  origins: Readonly<Record<string, TaskOrigin>>;
  /** What a reader of the scores has to know, a line each: questions without an answer, demonstrations that did not fit. */
  notices?: readonly string[];
  /** Where this run departs from the paper, one sentence each; printed below the table. */
  deviations: readonly string[];
}

/** A whole run: what the report needs. */
export interface ReportInput extends ResultsInput {
  ledgers: readonly Ledger[];
  triples: readonly Triple[];
  rejections: readonly Rejection[];
  trainingLogs: readonly TrainingLog[];
  stages: readonly StageSeconds[];
  /** The resolved configuration, as the run wrote it to config.json. */
  config: unknown;
}
