// The recorded command of a run or an evaluation, typed again, gives the same configuration.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { chooseSize } from "../../kernel-lib/src/experiments/choose-size.js";
import {
  type OpenEvaluationOptions,
  openEvaluation,
  parseSetting,
  type RunConfig,
} from "../../kernel-lib/src/experiments/index.js";
import { loadExperiment } from "../../kernel-lib/src/experiments/load-config.js";
import { commandOf } from "../../kernel-lib/src/experiments/run-command-line.js";
import { withSettings } from "../../kernel-lib/src/experiments/settings.js";
import { writeTunedRun } from "./tuned-run.js";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "selfspec-command-"));
  vi.stubEnv("SELFSPEC_HOME", join(scratch, "home"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true });
});

const flag = { type: "boolean" } as const;
const text = { type: "string" } as const;

/** What the evaluate command makes of the part behind `evaluate <folder>`. */
function optionsIn(command: string): Omit<OpenEvaluationOptions, "origin"> {
  const args = command.replace(/^.* evaluate \S+ /, "").match(/(?:'[^']*'|\S)+/g)!;
  const { values } = parseArgs({
    args: args.map((arg) => arg.replaceAll("'", "")),
    allowNegative: true,
    options: {
      ...{ tasks: text, systems: text, items: text, shots: text, draws: text, template: text, split: text, likelihood: flag },
      set: { type: "string", multiple: true, default: [] },
    },
  });
  const { tasks, systems, items, shots, draws, template, split, likelihood, set } = values;
  return {
    tasks: tasks!.split(","),
    systems: systems!.split(","),
    items: Number(items),
    shots: shots!.split(",").map(Number),
    draws: Number(draws),
    template: template!,
    split: split!,
    likelihood: likelihood!,
    settings: Object.fromEntries(set.map(parseSetting)),
  };
}

/** A tuned run that is evaluated in this way where nothing else is said. */
function originWith(name: string, evaluation: Partial<RunConfig["evaluation"]>, split: RunConfig["split"]): string {
  const origin = writeTunedRun(join(scratch, name), "http://127.0.0.1:9/v1");
  const path = join(origin, "config.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), evaluation, split }));
  return origin;
}

it.each([true, false])(
  "repeats the evaluation whatever the run's own likelihood, template and split (likelihood %s)",
  async (likelihood) => {
    const origin = originWith(`other-${likelihood}`, { likelihood: !likelihood, template: "plain-1" }, "development");
    const asked = await openEvaluation({
      ...{
        origin,
        likelihood,
        template: "sections-1",
        split: "test",
        tasks: ["ddi", "phrasebank"],
        items: 3,
        shots: [0, 2],
        draws: 2,
      },
      systems: ["base-retrieval", "seeds-only"],
      settings: { "retrieval.passages": 2 },
      directory: join(scratch, `asked-${likelihood}`),
    });
    const again = await openEvaluation({
      ...optionsIn(commandOf(asked.config)),
      origin,
      directory: join(scratch, `again-${likelihood}`),
    });
    expect(again.config).toEqual(asked.config);
  },
);

it("repeats a run: the nearest known experiment, and every value that was changed", () => {
  const finance = chooseSize(loadExperiment("finance"), "laptop", { runSeed: 4 });
  const changed = { preset: "levers", tasks: [], "budget.steps": 120, "generation.responses": { samples: 3 } };
  const config = withSettings(finance, { ...changed, name: "mine" });
  const command = commandOf(config);
  expect(command).toMatch(/^npm run selfspec -- run finance --size laptop --seed 4 --set/);
  const settings = [...command.matchAll(/--set '([^']*)'/g)].map(([, setting]) => parseSetting(setting!));
  expect(withSettings(finance, { ...Object.fromEntries(settings), name: "mine" })).toEqual(config);
});

it("is short for an experiment as it is known", () => {
  const config = chooseSize(loadExperiment("biomedicine-checked"), "laptop");
  expect(commandOf(config)).toBe("npm run selfspec -- run biomedicine-checked --size laptop --seed 1");
});
