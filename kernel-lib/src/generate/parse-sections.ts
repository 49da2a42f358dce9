// Reads "Instruction: / Input: / Output:" sections out of a base model's text, whatever it makes of the layout: numbers, asterisks,
// hashes, other capitals, a section started in the middle of a line.

export type SectionName = "instruction" | "input" | "output";

export interface Section {
  name: SectionName;
  text: string;
}

const labels: Record<string, SectionName> = {
  instruction: "instruction",
  task: "instruction",
  input: "input",
  output: "output",
  answer: "output",
  response: "output",
};

/** A label at the start of a line: "Input:", "**Input**:", "### Input:", "2. Input:", "Input 1 -". */
const lineLabel =
  /(?:^|\n)[ \t]*(?:[#>*-]+[ \t]*|\d+[.)][ \t]*)*\**(instruction|task|input|output|answer|response)\**[ \t]*\d*\**[ \t]*[:：]\**[ \t]*/gi;
/** A capitalised label inside a line, right after the end of a sentence. */
const inlineLabel = /(?<=[.?!)"”][ \t]+)(Instruction|Input|Output):[ \t]*/g;

/**
 * Splits a continuation into sections. `first` names the section that the prompt had already begun; a repeated label of it at the very
 * start of the text adds nothing.
 */
export function parseSections(text: string, first: SectionName): Section[] {
  const marks = [lineLabel, inlineLabel]
    .flatMap((label) => [...text.matchAll(label)])
    .map((match) => ({ start: match.index ?? 0, length: match[0].length, label: match[1]!.toLowerCase() }))
    .sort((a, b) => a.start - b.start);
  const sections: Section[] = [];
  let name = first;
  let start = 0;
  for (const mark of marks) {
    if (mark.start < start) continue;
    sections.push({ name, text: text.slice(start, mark.start) });
    name = labels[mark.label]!;
    start = mark.start + mark.length;
  }
  sections.push({ name, text: text.slice(start) });
  const opensWithLabel = sections.length > 1 && sections[0]!.text.trim() === "" && sections[1]!.name === first;
  return opensWithLabel ? sections.slice(1) : sections;
}

/** White space squeezed inside each line, empty lines dropped, rules and fences ("---", "###") at the end cut off. */
export function tidyText(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/\s+/g, " ").trim());
  while (lines.length > 0 && /^[#*=_`-]*$/.test(lines.at(-1)!)) lines.pop();
  return lines.filter((line) => line !== "").join("\n");
}
