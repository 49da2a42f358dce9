// Test items that were planted must be found, whatever surrounds them; what is alike by chance must not. All texts are made up here.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BenchmarkTask,
  blockingFindings,
  type ContaminationReport,
  cleanItems,
  contaminationReportSchema,
  demonstrationRecord,
  findContamination,
  passageRecord,
  type SearchedRecord,
  type TaskItem,
  taskRecord,
} from "../../kernel-lib/src/evaluate/index.js";
import { contaminationTable } from "../../kernel-lib/src/report/index.js";
import { StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { colours } from "./fixtures.js";

const notes: BenchmarkTask = { ...colours, id: "notes", answerFormat: "text", instruction: "Sum up the note in one sentence." };

const leak =
  "The harbour master wrote that eleven barges loaded with rye had waited since Tuesday for the tide, and that two of them leaked badly.";
const paraphrase =
  "The harbour master noted that eleven barges loaded with rye had waited since Monday for the tide, and that three of them leaked.";
const items: TaskItem[] = [
  { id: "barges", input: leak, gold: "The barges wait." },
  {
    id: "orchard",
    input: "Every pear tree behind the old mill was grafted in spring by a man who never told anyone his name.",
    gold: "An unknown man grafted all the pear trees that stand behind the mill, and nobody ever learned who he was.",
  },
  { id: "short", input: "Snow fell on the tram.", gold: "Snow." },
];

const row = (input: string, output = "Yes.", id = "row-1"): SearchedRecord =>
  taskRecord("row", { id, instruction: "Read the note.", input, output });

const find = (records: SearchedRecord[], tested: readonly TaskItem[] = items, task = notes): Promise<ContaminationReport> =>
  findContamination({ tasks: [{ task, origin: "mini", items: tested }], records });

describe("wording that a task puts into its inputs", () => {
  const question = "Does the note say that somebody had to wait for something?";
  const asked = (text: string): string => `Note: ${text}\nQuestion: ${question}`;
  const barges = { ...items[0]!, input: asked("Eleven barges waited for the tide.") };
  const other = demonstrationRecord("notes", { id: "tram", input: asked("Nine drivers left the depot."), gold: "Yes." });
  const alike = async (task: BenchmarkTask, record: SearchedRecord): Promise<boolean> =>
    (await find([record], [barges], task)).findings.some(({ kind }) => kind === "near-duplicate");

  it("makes no two items near-duplicates, unless the task does not name it", async () => {
    expect(await alike(notes, other)).toBe(true);
    expect(await alike({ ...notes, fixedWording: [question] }, other)).toBe(false);
  });

  it("hides no item that stands in a row with it or without", async () => {
    const task = { ...notes, fixedWording: [question] };
    for (const text of [barges.input, barges.input.replace(question, "")]) expect(await alike(task, row(text))).toBe(true);
  });
});

describe("P7: a planted test item", () => {
  it.each<[string, SearchedRecord]>([
    ["as the input of a row", row(leak)],
    [
      "within a longer output, in other case and punctuation",
      row("A note.", `They say: ${leak.toUpperCase().replace(",", " -")} So it is.`),
    ],
    [
      "in a seed's instruction",
      taskRecord("seed", { id: "bio-001", instruction: `Translate: ${leak}`, input: "", output: "No." }),
    ],
    ["in a passage", passageRecord({ id: "wiki-7", text: `Harbours. ${leak}` })],
  ])("%s blocks, names record and item, and leaves the clean subset", async (_, record) => {
    const report = await find([row("Nothing of the kind stands here."), record]);
    expect(blockingFindings(report)).toContainEqual(
      expect.objectContaining({
        source: record.source,
        sourceId: record.id,
        itemId: "barges",
        kind: "13-gram",
        words: 24,
        score: 1,
      }),
    );
    expect([...cleanItems(report, "notes")!]).toEqual(["orchard", "short"]);
  });

  it("is found by its answer, too", async () => {
    expect(blockingFindings(await find([row("What happened?", items[1]!.gold)]))).toMatchObject([
      { itemId: "orchard", kind: "13-gram" },
      { itemId: "orchard", kind: "near-duplicate", score: 1 },
    ]);
  });

  it("is found as a near-duplicate where a few words of it were changed", async () => {
    const found = blockingFindings(await find([row(paraphrase)])).filter(({ kind }) => kind === "near-duplicate");
    expect(found).toMatchObject([{ itemId: "barges", sourceId: "row-1" }]);
    expect(found[0]!.score).toBeCloseTo((2 * 20) / (24 + 23), 9); // 20 of its 24 words stand, in order, among 23
  });

  it("of four to seven words is found as a whole and in no other way", async () => {
    expect(blockingFindings(await find([row("SNOW fell, on the tram")]))).toMatchObject([{ itemId: "short", score: 1 }]);
    expect((await find([row("Much snow fell on the tram.")])).findings).toEqual([]);
    const ofFour = [{ id: "four", input: "Snow fell on Sunday.", gold: "Snow." }];
    expect(blockingFindings(await find([row("Snow fell on Sunday")], ofFour))).toMatchObject([{ itemId: "four" }]);
    const ofThree = [{ id: "three", input: "Snow fell there.", gold: "Snow." }];
    expect((await find([row("Snow fell there")], ofThree)).findings).toEqual([]);
  });

  it("of eight to twelve words blocks by its share of 8-grams, within whatever text", async () => {
    const brief = [{ id: "brief", input: "Nine grey geese crossed the frozen lake at noon.", gold: "Geese." }];
    const report = await find(
      [row(`Before that, nobody came. ${brief[0]!.input} After that, nobody left either, they say.`)],
      brief,
    );
    expect(report.findings).toMatchObject([{ kind: "8-gram", words: 9, score: 1, contaminates: true }]);
  });

  it.each([
    [13, 5 / 6, true],
    [16, 5 / 9, false],
  ])("of %i words, twelve of them shared, blocks where that is 70 %% of its 8-grams", async (length, share, contaminates) => {
    const words = leak.split(" ").slice(0, length);
    const shared = `Long before, ${words.slice(0, 12).join(" ")} nobody knows what, and so it went on for years and years.`;
    const { findings } = await find([row(shared)], [{ id: "part", input: words.join(" "), gold: "Yes." }]);
    expect(findings).toContainEqual(expect.objectContaining({ kind: "8-gram", words: 12, score: share, contaminates }));
  });

  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  it("is found by any 13 consecutive words of it, planted anywhere in a row", async () => {
    const words = fc.array(word, { minLength: 13, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(words, fc.array(word), fc.array(word), fc.nat(), fc.constantFrom(" ", ", ", "-"), async (...drawn) => {
        const [item, before, after, at, separator] = drawn;
        const start = at % (item.length - 12);
        const planted = [...before, ...item.slice(start, start + 13), ...after].join(separator);
        const report = await find([row("Nothing.", planted)], [{ id: "drawn", input: item.join(" "), gold: "x" }]);
        expect(blockingFindings(report)).toContainEqual(expect.objectContaining({ itemId: "drawn", kind: "13-gram" }));
      }),
      { numRuns: 200 },
    );
  });
});

describe("P7: what blocks nothing", () => {
  it("are rows that share no run of eight words with any item", async () => {
    const report = await find([row("The harbour master wrote that eleven geese had waited since spring for a tram.")]);
    expect(report.findings).toEqual([]);
    expect(cleanItems(report, "notes")!.size).toBe(3);
  });

  it("is a single shared 8-gram of a longer item: it is counted, and only the strict clean subset does without the item", async () => {
    const report = await find([row("Once more eleven barges loaded with rye had waited since winter came.")]);
    expect(report.findings).toMatchObject([{ itemId: "barges", kind: "8-gram", words: 8, contaminates: false }]);
    expect(blockingFindings(report)).toEqual([]);
    expect(cleanItems(report, "notes")!.has("barges")).toBe(true);
    expect(cleanItems(report, "notes", { strict: true })!.has("barges")).toBe(false);
  });

  it("is wording of the task: its instruction, its labels, and what more than ten of its documents repeat", async () => {
    const form = "in the year that ended on the last day of december the company reported for its shareholders";
    const many = Array.from({ length: 11 }, (_, index) => ({
      id: `report-${index}`,
      input: `${form} ${["wool", "salt", "iron"].map((good) => `${good}${index} fell`).join(" and ")}`,
      gold: "red",
    }));
    const other = "and then the table of prices follows with every figure that a reader could wish to see in print";
    expect((await find([row(`${form} ${other}`)], many, colours)).findings).toEqual([]);
    const ten = await find([row(`${form} ${other}`)], many.slice(1), colours);
    expect(new Set(ten.findings.map(({ itemId }) => itemId)).size).toBe(10);
    const found = await find([row(`${many[0]!.input} ${other}`)], many, colours);
    expect(blockingFindings(found)).toContainEqual(expect.objectContaining({ itemId: "report-0", kind: "13-gram" }));
    const instruction = "Say which of these colours the whole text names: red or green or blue.";
    const quoting = [{ id: "quoting", input: `${instruction} Leaves had fallen on the lawn of the old inn.`, gold: "green" }];
    expect((await find([row(`${instruction} ${other}`)], quoting, { ...colours, instruction })).findings).toEqual([]);
  });

  it("is the answer where it is a label or a list with types", async () => {
    const gold = "one two three four five six seven eight nine ten eleven twelve thirteen";
    const tested = [{ id: "a", input: "Which of them is it?", gold }];
    for (const answerFormat of ["label", "labels", "typed-list"] as const)
      expect((await find([row("Count.", gold)], tested, { ...notes, answerFormat })).findings).toEqual([]);
  });

  it("are a benchmark's own demonstrations, which only cost the item its place in the clean subset of their own task", async () => {
    const report = await findContamination({
      tasks: [
        { task: notes, origin: "mini", items },
        { task: { ...notes, id: "others" }, origin: "mini", items },
      ],
      records: [demonstrationRecord("notes", { id: "shot", input: leak, gold: "Yes." })],
    });
    expect(blockingFindings(report)).toEqual([]);
    expect(cleanItems(report, "notes")!.has("barges")).toBe(false);
    expect(cleanItems(report, "others")!.size).toBe(3);
  });
});

describe("a contamination report", () => {
  it("names the strongest record of each item and kind, and counts the others", async () => {
    const half = leak.split(" ").slice(0, 14).join(" ");
    const report = await find([row(half, "Yes.", "a"), row(leak, "Yes.", "b"), row(half, half, "c")]);
    expect(report.findings.find(({ kind }) => kind === "13-gram")).toMatchObject({ sourceId: "b", records: 3, words: 24 });
    expect(report.records).toEqual({ seed: 0, row: 3, passage: 0, demonstration: 0 });
  });

  it("reads back as it was written, and holds no word of an item", async () => {
    const report = await find([row(leak), row(items[1]!.input)]);
    const written = JSON.stringify(report);
    expect(contaminationReportSchema.parse(JSON.parse(written))).toEqual(report);
    expect(written).not.toMatch(/harbour|rye|grafted/);
  });

  it("is shown as a table of items by kind, with what was searched and what could not be", async () => {
    const { columns, rows, footnotes } = contaminationTable(
      await find([row(leak), row("Eleven barges loaded with rye had waited since noon.")]),
    );
    expect(columns.map(({ label }) => label)).toEqual([
      "task",
      "items",
      "8-gram",
      "13-gram",
      "near-duplicate",
      "clean",
      "clean, no shared 8-gram",
    ]);
    expect(rows.map((cells) => cells.map(({ text }) => text))).toEqual([["notes", "3", "1", "1", "1", "2", "2"]]);
    expect(footnotes[0]).toBe("Searched: 2 rows.");
    expect(footnotes.slice(2)).toEqual([
      "Shorter than 8 words, so found as a whole only: 1 of notes.",
      "Mini set, which says nothing about the benchmark: notes.",
    ]);
  });

  it("knows nothing of a task that was not checked", async () => {
    expect(cleanItems(await find([]), "colours")).toBeUndefined();
  });

  it("is not made where the search was stopped", async () => {
    const tasks = [{ task: notes, origin: "mini" as const, items }];
    await expect(findContamination({ tasks, records: [row(leak)], signal: AbortSignal.abort() })).rejects.toThrow(StoppedError);
  });
});
