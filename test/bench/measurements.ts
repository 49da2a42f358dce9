// Measurements with figures that a reader can check in the head.
import { selectConfigurations } from "../../kernel-lib/src/bench/configuration.js";
import type { Measurement, SideMeasurement, SideName } from "../../kernel-lib/src/bench/measure-configuration.js";

const gibibyte = 2 ** 30;

interface Figures {
  seconds: number[];
  gibibytes: number;
  firstLoss?: number;
  weightBytes?: number;
}

function side(name: SideName, { seconds, gibibytes, firstLoss = 4, weightBytes = 100 }: Figures): SideMeasurement {
  const bytes = gibibytes * gibibyte;
  return {
    side: name,
    ready: { weightBytes, parameters: 10, note: `${name} 1.0` },
    warmUp: { seconds: 9, loss: firstLoss },
    steps: seconds.map((own, i) => ({ seconds: own, loss: firstLoss - 0.5 - i / 8 })),
    usage: { wallSeconds: 4, userSeconds: 6, systemSeconds: 2, minorFaults: 4000, majorFaults: 0, foreignSeconds: 1 },
    memory: { loadedBytes: gibibyte / 2, peakBytes: bytes, lifePeakBytes: 2 * bytes },
  };
}

/** A side is left out where it has no figures, and failed where it has a reason instead. */
export function measurement(only: string, sides: Partial<Record<SideName, Figures | string>>): Measurement {
  return {
    configuration: selectConfigurations({ only })[0]!,
    alternating: true,
    sides: (["tfjs", "peft"] as const).flatMap((name): SideMeasurement[] => {
      const own = sides[name];
      if (own === undefined) return [];
      return [typeof own === "string" ? { side: name, failure: own, steps: [] } : side(name, own)];
    }),
  };
}
