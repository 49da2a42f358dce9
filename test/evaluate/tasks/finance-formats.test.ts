// What the finance loaders make of each trap of their formats, on made-up files.
import { describe, expect, it } from "vitest";
import { readFinNer } from "../../../kernel-lib/src/evaluate/tasks/fin-ner-file.js";
import { readFinqa } from "../../../kernel-lib/src/evaluate/tasks/finqa.js";
import { sentimentOf } from "../../../kernel-lib/src/evaluate/tasks/fiqa-sa.js";
import { readHeadlines } from "../../../kernel-lib/src/evaluate/tasks/headlines.js";
import { getTask, type Split, splits } from "../../../kernel-lib/src/evaluate/tasks/index.js";
import { readPhrasebank } from "../../../kernel-lib/src/evaluate/tasks/phrasebank.js";
import { answersOf, readTatqa, renderDocument } from "../../../kernel-lib/src/evaluate/tasks/tatqa-file.js";
import { InputError } from "../../../kernel-lib/src/runtime/index.js";

const source = (text: string | Record<string, string>) => ({
  text: (name: string) => (typeof text === "string" ? text : (text[name] ?? "{}")),
  entries: () => [],
});
const both = (taskId: string, text: string | Record<string, string>) =>
  splits.flatMap((split: Split) => getTask(taskId).load(source(text), split));

describe("phrasebank", () => {
  it("splits at the last @, and at CRLF", () => {
    const lines = readPhrasebank("Mail a@b for news .@neutral\r\nProfit rose .@positive\r\n");
    expect(lines).toEqual([
      { line: 1, sentence: "Mail a@b for news .", label: "neutral" },
      { line: 2, sentence: "Profit rose .", label: "positive" },
    ]);
  });

  it("takes a repeated sentence once and leaves out one with two labels", () => {
    const items = both("phrasebank", "One .@neutral\nTwo .@positive\nOne .@neutral\nTwo .@negative\n");
    expect(items.map(({ id, input, label }) => [id, input, label])).toEqual([["line-0001", "One .", "neutral"]]);
  });

  it.each(["No label here", "Unknown .@good", "@neutral"])("refuses the line %j by its number", (line) => {
    expect(() => readPhrasebank(`Fine .@neutral\n${line}\n`)).toThrow(InputError);
    expect(() => readPhrasebank(`Fine .@neutral\n${line}\n`)).toThrow("Sentences_50Agree.txt:2");
  });
});

describe("fiqa-sa", () => {
  const file = (sentence: string, ...targets: [string, string][]) =>
    JSON.stringify({ 7: { sentence, info: targets.map(([target, score]) => ({ target, sentiment_score: score })) } });
  const name = (kind: string, part: string) => `fiqa-sa/task1_${kind}_ABSA_${part}.json`;

  it.each([
    [0.1, "positive"],
    [0.099, "neutral"],
    [-0.1, "neutral"],
    [-0.101, "negative"],
  ])("calls a score of %d %s", (score, label) => expect(sentimentOf(score)).toBe(label));

  it("asks of each target of a sentence and keeps the sentence as their document", () => {
    const files = { [name("headline", "test")]: file("A beats B", ["A", "0.5"], ["B", "-0.4"]) };
    expect(getTask("fiqa-sa").load(source(files), "test")).toEqual([
      {
        id: "headline-7-1",
        input: "Headline: A beats B\nTarget: A",
        gold: "positive",
        label: "positive",
        document: "headline-7",
      },
      {
        id: "headline-7-2",
        input: "Headline: A beats B\nTarget: B",
        gold: "negative",
        label: "negative",
        document: "headline-7",
      },
    ]);
  });

  it("never shows a sentence of the hold-out", () => {
    const files = {
      [name("headline", "test")]: file("A beats B!", ["A", "0.5"]),
      [name("post", "train")]: file("a beats b", ["A", "0.5"]),
      [name("headline", "train")]: file("C waits", ["C", "0"]),
    };
    expect(
      getTask("fiqa-sa")
        .load(source(files), "demonstrations")
        .map(({ id }) => id),
    ).toEqual(["headline-7-1"]);
  });

  it("refuses a score that is no number from -1 to 1, saying where", () => {
    for (const score of ["high", "1.5"])
      expect(() => getTask("fiqa-sa").load(source({ [name("post", "test")]: file("A", ["A", score]) }), "test")).toThrow(
        "task1_post_ABSA_test.json has a bad entry at 7.info.0.sentiment_score",
      );
  });
});

describe("headlines", () => {
  const header =
    "Dates\tURL\tNews\tPrice Direction Up\tPrice Direction Constant\tPrice Direction Down\tAsset Comparision\tPast Information\tFuture Information\tPrice Sentiment\n";

  it("reads tabs, doubled quotes and a line break inside a field, and asks six questions a headline", () => {
    const text = `${header}d\tu\t"gold ""soars"",\nat last"\t1\t0\t0\t0\t1\t0\tpositive\n`;
    const items = both("headlines", text);
    expect(items.map(({ input }) => input.split("\n")[0])).toEqual(Array(6).fill('Headline: gold "soars", at last'));
    expect(items.map(({ label }) => label)).toEqual(["yes", "no", "no", "no", "yes", "no"]);
    expect(new Set(items.map(({ document }) => document))).toEqual(new Set(["row-00001"]));
  });

  it.each([
    ["a flag that is none", `${header}d\tu\tgold\t2\t0\t0\t0\t1\t0\tnone\n`, "row 1, column Price Direction Up"],
    ["a row of too few columns", `${header}d\tu\tgold\n`, "cannot be read"],
    ["commas for tabs", "Dates,News\nd,gold\n", "row 1, column News"],
  ])("refuses %s", (_, text, where) => {
    expect(() => readHeadlines(text)).toThrow(InputError);
    expect(() => readHeadlines(text)).toThrow(where);
  });
});

describe("fin-ner", () => {
  const column = (...tokens: [string, string][]) => tokens.map(([token, tag]) => `${token} NN - ${tag}`).join("\n");
  const types = ["PER", "ORG"];

  it("makes one entity of a run of one type, another where the type changes, and none over a sentence's end", () => {
    const text = `-DOCSTART- -X- O O\n\n${column(["A", "I-ORG"], ["B", "I-ORG"], ["C", "I-PER"])}\n\n${column(["D", "I-PER"])}\n`;
    expect(readFinNer(text, { name: "x", types }).map((sentence) => sentence.map(({ tag }) => tag))).toEqual([
      ["B-ORG", "I-ORG", "B-PER"],
      ["B-PER"],
    ]);
  });

  it("puts the marks that stand together into their places and names the types in words", () => {
    const text = column(["the", "O"], ['("', "O"], ["Ohm", "I-ORG"], ["Ltd", "I-ORG"], ['"),', "O"], ["Borrower", "I-PER"]);
    expect(getTask("fin-ner").load(source(text), "test")[0]).toMatchObject({
      input: 'the ("Ohm Ltd"), Borrower',
      gold: "Ohm Ltd <Organization>, Borrower <Person>",
    });
  });

  it.each(["A NN - B-ORG", "A NN I-ORG", "A NN - I-ORG more"])("refuses the line %j by its number", (line) => {
    expect(() => readFinNer(`A NN - O\n${line}\n`, { name: "fin-ner/FIN3.txt", types })).toThrow("fin-ner/FIN3.txt:2");
  });
});

describe("finqa", () => {
  const line = (id: string, human: string, answer: string) =>
    JSON.stringify({
      id,
      conversations: [
        { from: "human", value: human },
        { from: "assistant", value: answer },
      ],
    });
  const prompt = (question: string) => `Their wording.\nContext: The page.\n|a|1|\n\nQuestion: ${question}\nAnswer:`;

  it("takes the page and the question and leaves the wording; questions of one page share a document", () => {
    const items = both("finqa", [line("q1", prompt("how much?"), "1e-05"), line("q2", prompt("so?"), "yes")].join("\n"));
    expect(items.map(({ input, gold }) => [input, gold])).toEqual([
      ["Context: The page.\n|a|1|\nQuestion: how much?", "0.00001"],
      ["Context: The page.\n|a|1|\nQuestion: so?", "yes"],
    ]);
    expect(items[0]!.document).toBe(items[1]!.document);
  });

  it("reads a question that is asked twice once", () => {
    const twice = [line("q1", prompt("how much?"), "2.0"), line("q2", prompt("how much?"), "2.0")].join("\n");
    expect(both("finqa", twice).map(({ id }) => id)).toEqual(["q1"]);
  });

  it.each([
    ["a prompt without its parts", line("q", "What?", "1")],
    ["an answer that is neither number nor yes nor no", line("q", prompt("?"), "a lot")],
    ["no JSON", "{"],
  ])("refuses %s by its line", (_, bad) => {
    expect(() => readFinqa(`${line("q1", prompt("?"), "1")}\n${bad}`)).toThrow(InputError);
    expect(() => readFinqa(`${line("q1", prompt("?"), "1")}\n${bad}`)).toThrow("valid.jsonl:2");
  });
});

describe("tatqa", () => {
  const question = (answer: unknown, answer_type: string, scale: string) => ({
    uid: "q",
    question: "How much?",
    answer,
    answer_type,
    scale,
  });
  const file = (...questions: unknown[]) =>
    JSON.stringify([
      {
        table: {
          uid: "t",
          table: [
            ["", "2042"],
            [" Sum ", "$ 1.5"],
          ],
        },
        paragraphs: [
          { order: 2, text: "Second\none." },
          { order: 1, text: "First." },
        ],
        questions,
      },
    ]);
  const answers = (...options: Parameters<typeof question>) =>
    answersOf(readTatqa({ text: file(question(...options)), name: "dev" })[0]!.questions[0]!);

  it("renders the table as rows, then the paragraphs in their order, each in one line", () => {
    expect(renderDocument(readTatqa({ text: file(), name: "dev" })[0]!)).toBe(" | 2042\nSum | $ 1.5\nFirst.\nSecond one.");
  });

  it.each([
    ["a number with a scale", -12.6, "arithmetic", "million", ["-12.6 million"]],
    ["a percentage", -22.22, "arithmetic", "percent", ["-22.22%"]],
    ["a count, which is a string", "4", "count", "", ["4"]],
    ["a figure of the table", ["$ (9.8)"], "span", "million", ["$ (9.8) million"]],
    ["a phrase that tells its scale itself", ["$3.0 million"], "span", "million", ["$3.0 million"]],
    ["several parts, an empty one among them", ["Cash", "Debt", ""], "multi-span", "", ["Cash; Debt", "Debt; Cash"]],
    [
      "several figures",
      ["1,200", "(80)"],
      "multi-span",
      "thousand",
      ["1,200 thousand; (80) thousand", "1,200; (80) thousand", "(80) thousand; 1,200 thousand", "(80); 1,200 thousand"],
    ],
  ])("writes %s", (_, answer, type, scale, golds) => expect(answers(answer, type, scale)).toEqual(golds));

  it("gives every question of a table that table as its document", () => {
    const text = file(question(1, "arithmetic", ""), { ...question(["Cash", "Debt"], "multi-span", ""), uid: "r" });
    expect(both("tatqa", text).map(({ id, gold, golds, document }) => [id, gold, golds, document])).toEqual([
      ["q", "1", undefined, "t"],
      ["r", "Cash; Debt", ["Cash; Debt", "Debt; Cash"], "t"],
    ]);
  });

  it("refuses an answer that does not fit its type, saying where", () => {
    expect(() => both("tatqa", file(question("much", "arithmetic", "")))).toThrow(InputError);
    expect(() => both("tatqa", file(question("much", "arithmetic", "")))).toThrow("0.questions.0.answer");
  });
});
