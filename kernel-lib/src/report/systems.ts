// The four systems every table and figure carries, in reading order, with the name and the colour each has everywhere.
// Colours are Okabe and Ito's (2008) set, told apart by colour-blind readers and in grey print.

export interface SystemStyle {
  /** As in the rows: Score.system. */
  system: string;
  label: string;
  colour: string;
}

export const systemStyles = [
  { system: "trivial", label: "trivial answer", colour: "#a3a3a3" },
  { system: "base", label: "base", colour: "#0072b2" },
  { system: "seeds-only", label: "LoRA, seeds only", colour: "#e69f00" },
  { system: "self-specialised", label: "self-specialised", colour: "#009e73" },
] as const satisfies readonly SystemStyle[];

/** The style of a system; one that is not among the four keeps its own name, in a fifth colour. */
export function systemStyle(system: string): SystemStyle {
  return systemStyles.find((style) => style.system === system) ?? { system, label: system, colour: "#cc79a7" };
}
