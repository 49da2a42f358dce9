import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnswerForms } from "../../kernel-lib/src/generate/answer-forms.js";
import { labelExcesses } from "../../kernel-lib/src/generate/balance-labels.js";
import { askLabelScores, chooseLabel, firstTokenScores } from "../../kernel-lib/src/generate/label-scores.js";
import { passageUse } from "../../kernel-lib/src/generate/passage-use.js";
import { answerLikeness, pickSample } from "../../kernel-lib/src/generate/pick-sample.js";

const samples = (...outputs: string[]) => outputs.map((output) => ({ output, passes: true }));

import { scriptedEndpoint } from "./scripted-endpoint.js";

describe("picking one of several answers", () => {
  it("self-consistency of labels is the vote, the earlier of equals first", () => {
    const pick = (...outputs: string[]) => pickSample({ samples: samples(...outputs), form: "label", pick: "self-consistency" });
    expect(pick("no", "Yes", "yes.", "no", "yes")).toEqual({ index: 1, agreement: 0.5 });
    expect(pick("no", "yes")).toEqual({ index: 0, agreement: 0 });
  });

  it("self-consistency of lists is the list most like the others, part by part and in any order", () => {
    expect(answerLikeness("liver, lung", "lung; liver", "extraction")).toBe(1);
    expect(answerLikeness("liver, lung", "lung, bone", "extraction")).toBe(0.5);
    const picked = pickSample({
      samples: samples("heart", "liver, lung, bone", "lung, liver", "liver, lung"),
      form: "extraction",
      pick: "self-consistency",
    });
    expect(picked?.index).toBe(2);
  });

  it("likelihood is the highest mean log-probability, first the first", () => {
    const scored = [-2, -0.5, -1].map((meanLogprob) => ({ output: "text", passes: true, meanLogprob }));
    expect(pickSample({ samples: scored, form: "free", pick: "likelihood" })?.index).toBe(1);
    expect(pickSample({ samples: scored, form: "free", pick: "first" })?.index).toBe(0);
  });

  it("picks only answers that pass, and lets the others count as disagreement", () => {
    const mixed = [{ output: "no", passes: false }, ...samples("no", "no", "yes")];
    expect(pickSample({ samples: mixed, form: "label", pick: "first" })).toEqual({ index: 1, agreement: 1 / 3 });
    expect(pickSample({ samples: [{ output: "no", passes: false }], form: "label", pick: "first" })).toBeNull();
    expect(pickSample({ samples: samples("no"), form: "label", pick: "first" })).toEqual({ index: 0 });
  });
});

describe("scoring labels", () => {
  it("sums the first tokens that begin one label only, whatever their case and space", () => {
    const reported = { " no": Math.log(0.3), No: Math.log(0.1), " yes": Math.log(0.2), n: Math.log(0.05), " ": -1, "\n": -1 };
    const scores = firstTokenScores(reported, ["yes", "no", "not stated"]);
    expect([...scores.keys()]).toEqual(["yes"]);
    const plain = firstTokenScores(reported, ["yes", "no", "maybe"]);
    expect(Math.exp(plain.get("no")!)).toBeCloseTo(0.45, 12);
    expect(plain.has("maybe")).toBe(false);
  });

  it("undoes the bias that a content-free input shows (Zhao et al. 2021)", () => {
    const scores = [
      { label: "no", logprob: Math.log(0.6), contentFree: Math.log(0.8) },
      { label: "yes", logprob: Math.log(0.3), contentFree: Math.log(0.1) },
    ];
    expect(chooseLabel(scores, "likelihood")).toEqual({ label: "no", probability: expect.closeTo(2 / 3, 12) });
    expect(chooseLabel(scores, "calibrated")).toEqual({ label: "yes", probability: expect.closeTo(0.8, 12) });
  });
});

it("takes labels as they are where the text behind an input that says nothing ends at once", async () => {
  const endpoint = scriptedEndpoint(({ prompt }) =>
    prompt === "asked"
      ? { text: "yes", logprobs: { tokens: ["yes"], tokenLogprobs: [-0.5], topLogprobs: [{ yes: -0.5, no: -1 }] } }
      : { text: "", logprobs: { tokens: [], tokenLogprobs: [], topLogprobs: [] } },
  );
  const { labelScores } = await askLabelScores({
    endpoint,
    model: "scripted-model",
    prompt: "asked",
    contentFreePrompt: "asked of nothing",
    labels: ["yes", "no"],
    seed: 1,
    signal: new AbortController().signal,
  });
  expect(labelScores).toEqual([
    { label: "yes", logprob: -0.5 },
    { label: "no", logprob: -1 },
  ]);
  expect(chooseLabel(labelScores, "calibrated").label).toBe("yes");
});

describe("balancing labels", () => {
  const forms: Pick<AnswerForms, "labelOf" | "familyOf"> = {
    labelOf: (output) => (["yes", "no", "maybe", "true", "false"].includes(output) ? output : undefined),
    familyOf: (label) => (["true", "false"].includes(label) ? "truth" : "polar"),
  };
  const excesses = (outputs: string[], maxRatio = 1.5) => labelExcesses({ outputs, forms: forms as AnswerForms, maxRatio });

  it("keeps the first rows of the most frequent label, measured by the next most frequent of its set", () => {
    const outputs = ["no", "no", "yes", "text", "no", "no", "yes", "no", "true"];
    expect(excesses(outputs)).toEqual([
      { index: 5, score: 2 },
      { index: 7, score: 2.5 },
    ]);
  });

  it("keeps one row of a label that stands alone in its set", () => {
    expect(excesses(["no", "text", "no", "no"]).map(({ index }) => index)).toEqual([2, 3]);
  });

  it("leaves no label over the ratio to its next, and touches nothing but the most frequent label", () => {
    const anyOutputs = fc.array(fc.constantFrom("yes", "no", "maybe", "true", "false", "text"), { maxLength: 60 });
    fc.assert(
      fc.property(anyOutputs, fc.double({ min: 1, max: 4, noNaN: true }), (outputs, maxRatio) => {
        const dropped = new Set(excesses(outputs, maxRatio).map(({ index }) => index));
        const kept = outputs.filter((_, index) => !dropped.has(index));
        for (const set of [
          ["yes", "no", "maybe"],
          ["true", "false"],
        ]) {
          const [most = 0, next = 0] = set.map((label) => kept.filter((output) => output === label).length).sort((a, b) => b - a);
          expect(most).toBeLessThanOrEqual(Math.max(1, maxRatio * Math.max(1, next)));
          expect(new Set(outputs.filter((output, index) => set.includes(output) && dropped.has(index))).size).toBeLessThan(2);
        }
        expect([...dropped].every((index) => outputs[index] !== "text")).toBe(true);
      }),
    );
  });
});

describe("passage use", () => {
  const task = { instruction: "Explain the finding.", input: "Ferritin was low." };
  const passages = [{ text: "Ferritin stores iron; a low value means that iron is lacking." }];
  const use = (answer: string) => passageUse({ task, answer, passages });

  it("is the share of the answer's content words that passages hold and the task does not", () => {
    expect(use("Iron stores are lacking in this anaemia")).toBe(0.75);
    expect(use("Ferritin was low")).toBe(0);
    expect(use("with that")).toBe(0);
  });
});
