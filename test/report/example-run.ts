// A made-up finished run for the report's tests: two tasks, two k, a gain, a loss and a null result.
import type { Difference, Score } from "../../kernel-lib/src/evaluate/index.js";
import type { ReportInput } from "../../kernel-lib/src/report/index.js";

const score = (taskId: string, system: string, k: number, value: number, half: number, formatFailures: number): Score => ({
  taskId,
  system,
  metric: "token-f1",
  k,
  reading: "lenient",
  subset: "all",
  value,
  ci: [value - half, value + half],
  n: 40,
  formatFailures,
  errors: 0,
  draws: [],
});

const difference = (taskId: string, k: number, against: string, value: number, half: number): Difference => ({
  taskId,
  metric: "token-f1",
  k,
  reading: "lenient",
  subset: "all",
  system: "self-specialised",
  against,
  value,
  ci: [value - half, value + half],
  n: 40,
  p: Math.abs(value) > half ? 0.001 : 0.4,
  test: "paired bootstrap",
  pHolm: Math.abs(value) > half ? 0.008 : 1,
  significant: Math.abs(value) > half,
});

const scores = [
  ["ncbi-disease", 0, 28.1, 18.6, 53.9, 36.0],
  ["pubmedqa", 0, 56.0, 16.5, 48.0, 16.6],
  ["ncbi-disease", 1, 28.1, 33.0, 51.0, 39.5],
  ["pubmedqa", 1, 56.0, 50.0, 52.0, 38.0],
] as const;

export const exampleRun: ReportInput = {
  meta: {
    name: "biomedicine",
    domain: "biomedicine",
    size: "smoke",
    model: "Example-1M Q4_1",
    backend: "cpu f32",
    seedCount: 80,
    runSeed: 1,
    date: "2026-01-02T03:04:05.000Z",
    command: "npm start -- --size smoke",
  },
  scores: scores.flatMap(([taskId, k, trivial, base, seedsOnly, tuned]) => [
    score(taskId, "trivial", k, trivial, 5, 0),
    score(taskId, "base", k, base, 4, 1),
    score(taskId, "seeds-only", k, seedsOnly, 6, 0.12),
    score(taskId, "self-specialised", k, tuned, 6.5, 0.3),
  ]),
  differences: scores.flatMap(([taskId, k, , base, seedsOnly, tuned]) => [
    difference(taskId, k, "base", tuned - base, 7),
    difference(taskId, k, "seeds-only", tuned - seedsOnly, 7),
  ]),
  origins: {
    "ncbi-disease": { origin: "original", title: "NCBI-disease", mainMetric: "token-f1" },
    pubmedqa: { origin: "mini", title: "PubMedQA", mainMetric: "token-f1" },
  },
  deviations: ["temperature 0.7 instead of 1."],
  ledgers: [
    {
      stage: "instructions",
      in: 160,
      kept: 93,
      rejected: { unparsed: 44, "cut-off": 9, "near-duplicate": 8, "too-long": 5 },
      failed: 1,
    },
    { stage: "responses", in: 93, kept: 72, rejected: { "empty-output": 12, "output-equals-input": 9 }, failed: 0 },
  ],
  triples: Array.from({ length: 12 }, (_, index) => ({
    id: `row-${index}`,
    instruction: `List the <genes> in passage ${index} | one a line.`,
    input: "A passage ".repeat(index + 1),
    output: "none",
    lineage: { seedIds: ["bio-001"], instructionId: `instruction-${index}`, passageIds: [], round: 1 },
  })),
  rejections: ["unparsed", "unparsed", "unparsed", "cut-off", "near-duplicate", "empty-output", "too-long"].map(
    (rule, index) => ({
      id: `attempt-${index}`,
      stage: "instructions",
      rule,
      row: { text: "…" },
    }),
  ),
  trainingLogs: ["seeds-only", "self-specialised"].map((system, index) => ({
    system,
    points: Array.from({ length: 60 }, (_, step) => ({
      step: step + 1,
      loss: (2.4 - 0.3 * index) * Math.exp(-step / 25) + 0.9 + 0.15 * Math.sin(step * 1.7),
      learningRate: 3e-4,
      tokensPerSecond: 500,
    })),
  })),
  stages: [
    { stage: "instructions", seconds: 92.4 },
    { stage: "lora: self-specialised", seconds: 187 },
  ],
  config: { temperature: 0.7, seeds: "data/seeds/biomedicine.jsonl" },
};
