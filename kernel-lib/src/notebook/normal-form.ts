// The normal form of a committed notebook: the same run gives the same bytes, so a diff shows what changed and nothing else.
import { stripVTControlCharacters } from "node:util";
import type { Notebook, Output } from "./nbformat.js";

const kernelspec = { display_name: "TypeScript (tslab)", language: "typescript", name: "tslab" };
const languageInfo = { file_extension: ".ts", mimetype: "text/x-typescript", name: "typescript" };

/** JSON with keys in alphabetical order, 1-space indent and a line break at the end, as nbformat writes it. */
export function stableJson(value: unknown): string {
  const sorted = (_: string, item: unknown): unknown =>
    item !== null && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  return `${JSON.stringify(value, sorted, 1)}\n`;
}

/** Splits text as nbformat does: each line with its line break. */
const toLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Without colours and without durations, which stand in <time> elements. */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text).replace(/<time>[^<]*<\/time>/g, "<time></time>");
}

function cleanData(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([mime, content]) => {
      const text = Array.isArray(content) && content.every((line) => typeof line === "string") ? content.join("") : content;
      if (typeof text !== "string" || mime.startsWith("image/png")) return [mime, text];
      return [mime, toLines(cleanText(text))];
    }),
  );
}

/** Neighbouring pieces of one stream become one: how a kernel's writes were cut is chance. */
function mergeStreams(outputs: readonly Output[]): Output[] {
  const merged: Output[] = [];
  for (const output of outputs) {
    const last = merged.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name)
      merged[merged.length - 1] = { ...last, text: last.text + output.text };
    else merged.push(output);
  }
  return merged;
}

function cleanOutput(output: Output): object {
  if (output.output_type === "stream") return { ...output, text: toLines(cleanText(output.text)) };
  if (output.output_type === "error") return output;
  return { ...output, data: cleanData(output.data) };
}

/** Code cells that were run count 1, 2, 3 …; only tags are kept of a cell's metadata. */
export function normalForm(notebook: Notebook): string {
  let count = 0;
  const tagsOf = (metadata: Record<string, unknown>): object => ("tags" in metadata ? { tags: metadata.tags } : {});
  const cells = notebook.cells.map((cell) => {
    const common = { ...cell, metadata: tagsOf(cell.metadata), source: toLines(cell.source.replace(/\s+$/, "")) };
    if (cell.cell_type !== "code") return common;
    return {
      ...common,
      execution_count: cell.execution_count === null ? null : ++count,
      outputs: mergeStreams(cell.outputs).map(cleanOutput),
    };
  });
  return stableJson({ ...notebook, cells, metadata: { kernelspec, language_info: languageInfo } });
}
