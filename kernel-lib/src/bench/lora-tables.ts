// The tables of `bench lora`: speed and memory, the bars, what the machine did meanwhile, and that both sides compute the same loss.
import type { Table, TableCell } from "../report/index.js";
import type { JudgedBar } from "./bars.js";
import { rowFigures, sideOf } from "./figures.js";
import type { Measurement } from "./measure-configuration.js";

const notMeasured = "–";
const left = (label: string) => ({ label, align: "left" }) as const;
const right = (label: string) => ({ label, align: "right" }) as const;
const cell = (text: string, strong = false): TableCell => (strong ? { text, strong } : { text });
const figure = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value) ? notMeasured : value.toFixed(digits);
const inGibibytes = (bytes: number | undefined): string => figure(bytes === undefined ? undefined : bytes / 2 ** 30, 2);
const barWords = ({ direction, limit, unit }: Pick<JudgedBar, "direction" | "limit" | "unit">): string =>
  `${direction === "at least" ? "≥" : "≤"} ${limit} ${unit}`;
const verdict = (met: boolean | undefined): string => (met === undefined ? "not measured" : met ? "met" : "not met");

/** tokens/s and peak memory of both sides, their ratios, and the bars of the row behind them. */
export function speedTable(model: string, measurements: readonly Measurement[], judged: readonly JudgedBar[]): Table {
  const rows = measurements.map((measurement) => {
    const { name } = measurement.configuration;
    const { tfjs, peft, bestRatio, medianRatio, memoryRatio } = rowFigures(measurement);
    const own = judged.filter((bar) => bar.configuration === name);
    return [
      cell(name),
      cell(`${figure(tfjs?.best, 0)} (${figure(tfjs?.median, 0)})`),
      cell(`${figure(peft?.best, 0)} (${figure(peft?.median, 0)})`),
      cell(`${figure(bestRatio, 2)} (${figure(medianRatio, 2)})`, true),
      cell(inGibibytes(tfjs?.peakBytes)),
      cell(inGibibytes(peft?.peakBytes)),
      cell(figure(memoryRatio, 2), true),
      cell(own.map((bar) => `${barWords(bar)} ${verdict(bar.met)}`).join(", ")),
    ];
  });
  const failures = measurements.flatMap(({ configuration, sides }) =>
    sides.filter(({ failure }) => failure).map(({ side, failure }) => `${configuration.name}, ${side}: ${failure}`),
  );
  const apart = measurements.filter(({ alternating }) => !alternating).map(({ configuration }) => configuration.name);
  return {
    title: `LoRA training of ${model}: tokens/s of the best step (median), peak memory in GiB`,
    columns: [
      left("configuration"),
      right("tfjs tok/s"),
      right("PEFT tok/s"),
      right("ratio"),
      right("tfjs GiB"),
      right("PEFT GiB"),
      right("ratio"),
      left("bars"),
    ],
    rows,
    footnotes: [
      "Rank 8 on all linear maps, AdamW, clipping. half, all: the share of the tokens that are targets; tfjs forms logits of targets only, PEFT of every token.",
      "recompute: activations are computed again on the way back; PEFT's gradient checkpointing. Peak memory is VmHWM since the model was loaded.",
      ...(apart.length > 0
        ? [`Memory did not hold both sides at once, so they ran one after the other: ${apart.join(", ")}.`]
        : []),
      ...failures,
      ...sideNotes(measurements),
    ],
  };
}

export function barsTable(judged: readonly JudgedBar[]): Table {
  return {
    title: "Bars (stated for two cores with AVX512_BF16)",
    columns: [left("claim"), left("configuration"), right("bar"), right("here"), left("")],
    rows: judged.map((bar) => [
      cell(bar.claim),
      cell(bar.configuration),
      cell(barWords(bar)),
      cell(figure(bar.value, bar.unit === "tok/s" || bar.unit === "steps" ? 0 : 2)),
      cell(verdict(bar.met), bar.met === false),
    ]),
    keyColumns: 2,
    footnotes: [],
  };
}

/** What disturbed a measurement: CPU time of other processes, and the kernel's share of our own. */
export function usageTable(measurements: readonly Measurement[]): Table {
  const rows = measurements.flatMap(({ configuration, sides }) =>
    sides
      .filter(({ steps }) => steps.length > 0)
      .map(({ side, steps, usage, memory, ready }) => {
        const cpu = usage && usage.userSeconds + usage.systemSeconds;
        return [
          cell(configuration.name),
          cell(side),
          cell(String(steps.length)),
          cell(figure(usage && cpu! / usage.wallSeconds, 2)),
          cell(figure(usage && usage.foreignSeconds / usage.wallSeconds, 2)),
          cell(figure(usage && (100 * usage.systemSeconds) / cpu!, 0)),
          cell(figure(usage && usage.minorFaults / steps.length / 1000, 1)),
          cell(figure(usage && usage.majorFaults / steps.length, 1)),
          cell(ready ? (ready.weightBytes / 1e6).toFixed(0) : notMeasured),
          cell(inGibibytes(memory?.loadedBytes)),
          cell(inGibibytes(memory?.lifePeakBytes)),
        ];
      }),
  );
  return {
    title: "What each side used while it was timed",
    columns: [
      left("configuration"),
      left("side"),
      right("steps"),
      right("cores busy"),
      right("foreign cores"),
      right("sys %"),
      right("k minor faults/step"),
      right("major/step"),
      right("weights MB"),
      right("GiB loaded"),
      right("GiB life peak"),
    ],
    rows,
    keyColumns: 2,
    footnotes: [
      "foreign cores: CPU time of all other processes by wall time. Figures taken beside other work are too low, PyTorch's most.",
    ],
  };
}

/** The base model's loss on the same tokens (B = 0 in the first step), and where the timed steps took it. */
export function lossTable(measurements: readonly Measurement[]): Table {
  return {
    title: "Loss on the same tokens, in nats",
    columns: [
      left("configuration"),
      right("tfjs, first"),
      right("PEFT, first"),
      right("difference"),
      right("tfjs, last"),
      right("PEFT, last"),
    ],
    rows: measurements.map((measurement) => {
      const [ours, theirs] = [sideOf(measurement, "tfjs"), sideOf(measurement, "peft")];
      const { lossDifference } = rowFigures(measurement);
      return [
        cell(measurement.configuration.name),
        cell(figure(ours?.warmUp?.loss, 5)),
        cell(figure(theirs?.warmUp?.loss, 5)),
        cell(lossDifference === undefined ? notMeasured : lossDifference.toExponential(1)),
        cell(figure(ours?.steps.at(-1)?.loss, 5)),
        cell(figure(theirs?.steps.at(-1)?.loss, 5)),
      ];
    }),
    footnotes: ["The first losses compare the base models; later ones also hold the two sides' own random A."],
  };
}

/** Names both sides' software once. */
function sideNotes(measurements: readonly Measurement[]): string[] {
  const notes = measurements.flatMap(({ sides }) => sides.map(({ side, ready }) => ready && `${side}: ${ready.note}`));
  return [...new Set(notes.filter((note) => note !== undefined))];
}
