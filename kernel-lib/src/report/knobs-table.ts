// A generation preset as a table: every knob of both stages with its value.
import type { GenerationPreset } from "../generate/index.js";
import { type Table, tableFromRecords } from "./table.js";

const shown = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : JSON.stringify(value);

/** A row a knob; one that only one stage has is empty for the other. */
export function knobsTable(preset: GenerationPreset): Table {
  const { instructions, responses } = preset;
  const [first, second] = [new Map(Object.entries(instructions)), new Map(Object.entries(responses))];
  const knobs = [...new Set([...first.keys(), ...second.keys()])];
  const cell = (values: ReadonlyMap<string, unknown>, knob: string): string => (values.has(knob) ? shown(values.get(knob)) : "");
  return tableFromRecords(
    `Preset "${preset.name}"`,
    knobs.map((knob) => ({ knob, instructions: cell(first, knob), responses: cell(second, knob) })),
    ["kernel-lib/src/generate/instruction-preset.ts and response-preset.ts say what each one does."],
  );
}
