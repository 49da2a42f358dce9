import { describe, expect, it } from "vitest";
import {
  conflictingAnswers,
  copyOfPassageRule,
  copyOfSeedRule,
  firstBreach,
  instructionRules,
  inventedSpanRule,
  leakedLabelRule,
  responseRules,
  shortInputRule,
  statementRule,
} from "../../kernel-lib/src/filter/index.js";
import { domains, loadSeeds } from "../../kernel-lib/src/seeds/index.js";

const draft = { instruction: "Name the disease in the sentence.", input: "She had measles in May.", finishReason: "stop" };
const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(" ");

describe("rules for written tasks", () => {
  it("lets a plain task pass", () => {
    expect(firstBreach(draft, [...instructionRules, statementRule, shortInputRule(5)])).toBeNull();
  });

  it.each([
    ["no-instruction", { instruction: "" }],
    ["cut-off", { finishReason: "length" }],
    ["no-input", { input: null }],
    ["too-short", { instruction: "Name the disease." }],
    ["too-long", { instruction: words(151) }],
    ["black-listed-word", { instruction: "Describe the picture of the lung." }],
    ["write-a-program", { instruction: "Write a program that counts cells." }],
    ["odd-opening", { instruction: "(Name) the disease below." }],
    ["odd-opening", { instruction: "Énumérez les maladies du texte." }],
    ["input-is-instruction", { input: "Name the disease in this sentence." }],
    ["input-is-label", { input: "Yes." }],
    ["input-ends-in-colon", { input: "The diseases are as follows:" }],
    ["placeholder", { input: "[insert patient note]" }],
    ["placeholder", { input: "..." }],
    ["wrong-script", { input: "Пациентка получала аспирин." }],
    ["loop", { input: "The dose, the dose, the dose." }],
    ["wrong-language", { input: "Die Patientin hatte am Morgen Fieber und wurde in das Krankenhaus gebracht." }],
  ])("%s rejects %j", (rule, change) => {
    expect(firstBreach({ ...draft, ...change }, instructionRules)?.rule).toBe(rule);
  });

  it("keeps four words and 150 words, and says by how much others miss", () => {
    expect(firstBreach({ ...draft, instruction: words(4) }, instructionRules)).toBeNull();
    expect(firstBreach({ ...draft, instruction: words(150) }, instructionRules)).toBeNull();
    expect(firstBreach({ ...draft, instruction: words(3) }, instructionRules)?.breach).toEqual({ score: 3, threshold: 4 });
  });

  it("keeps a task that says it needs no input", () => {
    expect(firstBreach({ ...draft, input: "" }, [...instructionRules, shortInputRule(0)])).toBeNull();
  });

  it("does not take a black-listed word inside another word", () => {
    expect(firstBreach({ ...draft, instruction: "Explain the patient's profile in one line." }, instructionRules)).toBeNull();
  });

  it.each([
    ["The drug is used against malaria.", true],
    ["The drug is used. It is cheap.", true],
    ["12% of the mice were ill.", true],
    ["A review takes only trials. Say include or exclude.", false],
    ["The sentence names a drug: which one?", false],
    ["Determine the dose.", false],
  ])("statement: %s → %s", (instruction, broken) => {
    expect(statementRule.test({ ...draft, instruction }) !== null).toBe(broken);
  });

  it("counts the words of an input", () => {
    expect(shortInputRule(5).test({ ...draft, input: "four words are here" })).toEqual({ score: 4, threshold: 5 });
    expect(shortInputRule(5).test({ ...draft, input: "now five words are here" })).toBeNull();
  });
});

describe("rules for answers", () => {
  const answer = { instruction: draft.instruction, input: draft.input, output: "measles", finishReason: "stop" };

  it("lets a plain answer pass", () => {
    expect(firstBreach(answer, responseRules)).toBeNull();
  });

  it.each([
    ["empty-output", { output: " \n" }],
    ["cut-off", { finishReason: "length" }],
    ["output-is-input", { output: "she had  measles in May." }],
    ["output-is-instruction", { output: "Name the disease in the sentence." }],
    ["output-ends-in-colon", { output: "The diseases are:" }],
    ["refusal", { output: "As an AI language model I have no opinion of this." }],
    ["refusal", { output: "I'm sorry, but I cannot tell from this text." }],
    ["wrong-script", { output: "疾病" }],
    ["loop", { output: "measles, mumps, mumps, mumps" }],
    ["wrong-language", { output: "El paciente fue tratado con insulina durante dos semanas antes de la cirugía" }],
    ["repetition", { output: "The drug was given to the mice. The drug was given to the rats. The drug was given to the dogs." }],
  ])("%s rejects %j", (rule, change) => {
    expect(firstBreach({ ...answer, ...change }, responseRules)?.rule).toBe(rule);
  });

  it.each([
    ["Greek letters and formulas", "β-catenin and TGF-β1 rose by 3 µg/mL"],
    ["a patient who cannot", "The patient says: I cannot sleep, and I am sorry to bother you."],
    [
      "a list of Latin names",
      "retinoblastoma, osteosarcoma, phenylketonuria, mucopolysaccharidosis, amyotrophia, hepatitis, ileus, icterus",
    ],
    ["two equal words", "no, no"],
  ])("lets %s pass", (_, output) => {
    expect(firstBreach({ ...answer, output }, responseRules)).toBeNull();
  });

  it("finds every answer to a task that was answered differently, but not to tasks without an input", () => {
    const rows = [
      { instruction: "Say yes or no", input: "a", output: "yes" },
      { instruction: "say  yes or no", input: "A", output: "no" },
      { instruction: "Say yes or no", input: "b", output: "yes" },
      { instruction: "Say yes or no", input: "b", output: "Yes" },
      { instruction: "Say something", input: "", output: "one" },
      { instruction: "Say something", input: "", output: "two" },
    ];
    expect([...conflictingAnswers(rows)]).toEqual([0, 1]);
  });
});

describe("rules against copies", () => {
  const seeds = loadSeeds({ domain: "finance" });
  const [seed] = seeds;

  it("drops an input that is a seed's under another instruction, with the seed's id", () => {
    const copied = copyOfSeedRule(seeds).test({ input: `${seed!.input} Thank you.` });
    expect(copied).toMatchObject({ threshold: 0.7, nearestId: seed!.id });
    expect(copyOfSeedRule(seeds).test({ input: "A loan of one million was granted to a farmer in the north." })).toBeNull();
    expect(copyOfSeedRule(seeds).test({ input: null })).toBeNull();
  });

  it("drops a long answer that is a run of words of a passage, and keeps a short one", () => {
    const passage = "In this trial the drug lowered the pressure of every patient who took it twice a day for a year.";
    const rule = copyOfPassageRule<{ output: string; passages: string[] }>(({ passages }) => passages);
    const output = "Yes: the drug lowered the pressure of every patient who took it twice a day.";
    expect(rule.test({ output, passages: ["Something else.", passage] })).toEqual({ score: 14 / 15, threshold: 0.8 });
    expect(rule.test({ output: "every patient who took it", passages: [passage] })).toBeNull();
    expect(rule.test({ output, passages: [] })).toBeNull();
  });
});

describe("our own seeds", () => {
  it.each(domains)("of %s pass every rule, and copy each other's inputs nowhere", (domain) => {
    const seeds = loadSeeds({ domain });
    const ofAnswers = [...responseRules, ...[leakedLabelRule, inventedSpanRule].map((rule) => rule(seeds))];
    const broken = seeds.flatMap((seed) => {
      const row = { ...seed, finishReason: "stop" };
      const others = seeds.filter((other) => other !== seed);
      const breach =
        firstBreach(row, [...instructionRules, statementRule, copyOfSeedRule(others)]) ?? firstBreach(row, ofAnswers);
      return breach === null ? [] : [`${seed.id}: ${breach.rule}`];
    });
    expect(broken).toEqual([]);
  });
});
