import { expect, it } from "vitest";
import {
  chooseSize,
  detectableOptions,
  forecastMinutes,
  loadExperiment,
  planWork,
} from "../../kernel-lib/src/experiments/index.js";

const experiment = loadExperiment("biomedicine");
const quick = chooseSize(experiment, "quick");
const laptop = chooseSize(experiment, "laptop");

it("counts the questions of three systems over tasks, items, shots and draws, and PubMedQA's three labels", () => {
  const { questions, questionUnits } = planWork(laptop);
  expect(questions).toBe(3 * (4 + 3) * 100 * 3);
  expect(questionUnits).toBe(3 * 4 * 100 * (1 + 1.25 + 2.25));
});

it("scales a run to itself without change, and each stage by its own work", () => {
  const stages = [
    { stage: "instructions", seconds: 120 },
    { stage: "report", seconds: 60 },
  ];
  expect(forecastMinutes(quick, { config: quick, stages })).toBe(3);
  expect(forecastMinutes(laptop, { config: quick, stages })).toBeCloseTo((2 * 460) / 96 + 1, 10);
});

it("tells what the items can show from the comparisons of the table and the spread of published ones", () => {
  const { parts, comparisonsPerTask, earlier = [], shots } = detectableOptions(quick);
  expect(parts.map(({ task, items }) => [task.id, items.length])).toEqual(quick.tasks.map((id) => [id, 15]));
  expect(comparisonsPerTask).toBe(5); // two systems against base and trivial, and against each other
  expect(shots).toEqual([0]);
  expect(new Set(earlier.map(({ taskId }) => taskId))).toContain("pubmedqa");
});
