// The LoRA lab on the real model at its smallest size, and what it plans without one.
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  ablate,
  compareAdapterForms,
  type LabTraining,
  lookInside,
  measureSettings,
  openTuningLab,
  possibleSettings,
  type TuningLab,
  trainOnce,
} from "../../kernel-lib/src/experiments/index.js";
import { defaultModel, findModel } from "../../kernel-lib/src/models/index.js";
import type { ProgressEvent } from "../../kernel-lib/src/runtime/index.js";
import { temporaryFolder } from "../cli/command.js";

const here = findModel(defaultModel.id) !== undefined;

beforeAll(() => vi.stubEnv("SELFSPEC_HOME", temporaryFolder()));
afterAll(() => vi.unstubAllEnvs());

const openLab = (): Promise<TuningLab> => openTuningLab({ model: defaultModel.id, domain: "biomedicine", size: "smoke" });

describe("settings", () => {
  it("are those of the usable backends, without plain JavaScript", () => {
    const report = (["tensorflow", "webgpu", "wasm", "cpu"] as const).map((name) => ({
      ...{ name, usable: name !== "webgpu", reason: "" },
    }));
    const found = possibleSettings(report).map(({ backend, precision, residency }) => `${backend} ${precision} ${residency}`);
    expect(found).toEqual([
      "tensorflow float32 resident",
      "tensorflow bfloat16x3 resident",
      "tensorflow bfloat16 resident",
      "tensorflow bfloat16 quantised",
      "wasm float32 resident",
    ]);
  });
});

describe.skipIf(!here)("the lab (skipped without the default model)", { timeout: 240_000 }, () => {
  let lab: TuningLab;
  let tuned: LabTraining;
  const events: ProgressEvent[] = [];
  beforeAll(async () => {
    lab = await openLab();
    tuned = await trainOnce(lab, { onProgress: (event) => events.push(event) });
  }, 240_000);

  it("holds seeds out that are not trained on", () => {
    const trained = new Set(lab.training.map(({ id }) => id));
    expect(lab.heldOut.length).toBeGreaterThan(0);
    expect(lab.heldOut.filter(({ id }) => trained.has(id))).toEqual([]);
  });

  it("trains in a process of its own, live, and does not repeat a finished training", async () => {
    expect(tuned.steps).toHaveLength(lab.size.steps);
    expect(tuned.evaluations.at(-1)).toMatchObject({ step: lab.size.steps });
    expect(events.some(({ point }) => point?.gradientNorm !== undefined)).toBe(true);
    expect(tuned.peakBytes).toBeGreaterThan(tuned.startBytes);
    const again: ProgressEvent[] = [];
    const same = await trainOnce(lab, { onProgress: (event) => again.push(event) });
    expect(same.steps).toEqual(tuned.steps);
    expect(again.filter(({ point }) => point)).toEqual([]);
  });

  it("sees before and after as the training's own evaluation does", async () => {
    const seen = await lookInside(lab, tuned, { sentence: 1 });
    expect(seen.row).toEqual(lab.heldOut[1]);
    expect(seen.nextTokens).toHaveLength(10);
    const meanOf = ({ losses }: { losses: readonly number[] }): number =>
      losses.reduce((sum, loss, row) => sum + loss * seen.targetTokens[row]!, 0) / seen.targetTokens.reduce((a, b) => a + b);
    // The training computes in what is fastest here, bfloat16 perhaps; this in float32.
    expect(meanOf(seen.after)).toBeCloseTo(tuned.result.validation!.lastLoss, 1);
    expect(meanOf(seen.after)).toBeLessThan(meanOf(seen.before));
  });

  it("finds merged and GGUF forms to be the same function, and the base not", async () => {
    const [merged, file, gguf, none] = await compareAdapterForms(lab, tuned);
    expect(merged!.worst).toBeLessThan(0.005);
    expect(file!.worst).toBeLessThan(0.2);
    expect(gguf!.worst).toBeLessThan(1e-4);
    expect(none!.worst).toBeGreaterThan(0.5);
    expect(merged!.sameFirst).toBe(merged!.positions);
  });

  it("ablates every combination with every seed", async () => {
    const rows = await ablate(lab);
    expect(rows.map(({ rank, targets, seed }) => `${rank} ${targets} ${seed}`)).toEqual([
      "2 attention only 0",
      "2 attention only 1",
      "2 all linear layers 0",
      "2 all linear layers 1",
    ]);
    expect(rows[0]!.parameters).toBeLessThan(rows[2]!.parameters);
    expect(new Set(rows.map(({ heldOutLoss }) => heldOutLoss)).size).toBe(rows.length);
  });

  it("keeps the reason of a setting that is refused", async () => {
    const [row] = await measureSettings(lab, {
      settings: [{ backend: "cpu", precision: "bfloat16", residency: "resident" }],
    });
    expect(row!.measured).toBeUndefined();
    expect(row!.refusal).toContain("bfloat16 on backend cpu");
  });
});
