// Reads TAT-QA (Zhu et al. 2021): documents of one table, its paragraphs and the questions on both. An answer is a list, a number
// or a string by its type, and its scale (thousand, percent …) stands apart from it.
import { z } from "zod";
import { parseJsonSource } from "./json-source.js";

const scales = ["", "thousand", "million", "billion", "percent"] as const;

const documentSchema = z.object({
  table: z.object({ uid: z.string().min(1), table: z.array(z.array(z.string())).min(1) }),
  paragraphs: z.array(z.object({ order: z.number(), text: z.string() })),
  questions: z.array(
    z
      .object({ uid: z.string().min(1), question: z.string().min(1), scale: z.enum(scales) })
      .and(
        z.discriminatedUnion("answer_type", [
          z.object({ answer_type: z.literal("span"), answer: z.array(z.string()).min(1) }),
          z.object({ answer_type: z.literal("multi-span"), answer: z.array(z.string()).min(1) }),
          z.object({ answer_type: z.literal("arithmetic"), answer: z.number() }),
          z.object({ answer_type: z.literal("count"), answer: z.string().min(1) }),
        ]),
      ),
  ),
});
export type TatqaDocument = z.infer<typeof documentSchema>;
type TatqaQuestion = TatqaDocument["questions"][number];

/**
 * The documents of the file, in order.
 * @throws InputError naming the entry that does not fit.
 */
export const readTatqa = (options: { text: string; name: string }): TatqaDocument[] =>
  parseJsonSource({ ...options, schema: z.array(documentSchema) });

const inOneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** The table as rows `a | b | c`, then the paragraphs in their order, a line each. */
export function renderDocument({ table, paragraphs }: TatqaDocument): string {
  const rows = table.table.map((cells) => cells.map(inOneLine).join(" | "));
  const texts = [...paragraphs].sort((one, other) => one.order - other.order).map(({ text }) => inOneLine(text));
  return [...rows, ...texts.filter((text) => text !== "")].join("\n");
}

const isNumber = /^\(?[-–]?\s*[$€£]?\s*\(?\d[\d,.]*\)?$/;

/** One part of an answer with its scale: `(114) million`, `13.2%`; a part that is no bare number tells its scale itself. */
function withScale(part: string, scale: TatqaQuestion["scale"]): string {
  const text = inOneLine(part);
  if (scale === "" || !isNumber.test(text)) return text;
  return scale === "percent" ? `${text}%` : `${text} ${scale}`;
}

/**
 * The right answers of a question, the one to show first. Several parts are joined by `; ` with the scale behind each; right as well
 * are the other direction, and the scale behind the last part alone.
 */
export function answersOf({ answer, scale }: TatqaQuestion): [string, ...string[]] {
  if (!Array.isArray(answer)) return [withScale(String(answer), scale)];
  const parts = answer.map(inOneLine).filter((part) => part !== "");
  const writings = [parts, [...parts].reverse()].flatMap((order) => [
    order.map((part) => withScale(part, scale)),
    order.map((part, index) => (index < order.length - 1 ? part : withScale(part, scale))),
  ]);
  const [first, ...others] = new Set(writings.map((writing) => writing.join("; ")));
  return [first!, ...others];
}
