// Measures one configuration on both sides, block by block in turn, each side in a process started for it.
import { RunError, StoppedError } from "../runtime/index.js";
import type { Configuration } from "./configuration.js";
import type { Usage } from "./process-usage.js";
import { type ChildMemory, openStepChild, type Program, type StepChild, totalUsage } from "./step-child.js";
import type { MeasuredStep, Ready, StepRequest } from "./step-protocol.js";

export const sideNames = ["tfjs", "peft"] as const;
export type SideName = (typeof sideNames)[number];

export interface Side {
  name: SideName;
  program: Program;
  request: StepRequest;
}

export interface SideMeasurement {
  side: SideName;
  /** Why there are no steps. */
  failure?: string;
  ready?: Ready;
  /** Untimed by the tables: it builds kernels. Its loss is the base model's, as B = 0. */
  warmUp?: MeasuredStep;
  steps: MeasuredStep[];
  usage?: Usage | undefined;
  memory?: ChildMemory | undefined;
}

export interface Measurement {
  configuration: Configuration;
  sides: SideMeasurement[];
  /** False where the sides did not fit into memory together, so that one ran after the other. */
  alternating: boolean;
}

export interface Schedule {
  /** Timed steps a block, and blocks a side. */
  steps: number;
  blocks: number;
}

interface Measuring {
  sides: readonly Side[];
  schedule: Schedule;
  signal: AbortSignal | undefined;
  /** Called after each block of each side. */
  onBlock: (side: SideName, block: number) => void;
}

interface OpenSide {
  measurement: SideMeasurement;
  child: StepChild | undefined;
  usages: (Usage | undefined)[];
}

/** PyTorch's idle threads spin for up to 0.2 s after their last task; the other side shall not run beside them. */
const settleMilliseconds = 300;
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, settleMilliseconds));

/** A side that fails keeps its reason in the table; only a stop ends the benchmark. */
async function attempt(open: OpenSide, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RunError) || error instanceof StoppedError) throw error;
    open.measurement.failure = error.message;
    open.child = undefined;
  }
}

async function measureTogether({ sides, schedule, signal, onBlock }: Measuring): Promise<SideMeasurement[]> {
  const opened: OpenSide[] = [];
  try {
    for (const { name, program, request } of sides) {
      const open: OpenSide = { measurement: { side: name, steps: [] }, child: undefined, usages: [] };
      opened.push(open);
      await attempt(open, async () => {
        open.child = await openStepChild(program, request, signal);
        open.measurement.ready = open.child.ready;
        open.measurement.warmUp = (await open.child.run(1)).steps[0]!;
      });
    }
    for (let block = 0; block < schedule.blocks; block++) {
      for (const open of opened) {
        await attempt(open, async () => {
          if (!open.child) return;
          await settle();
          const { steps, usage } = await open.child.run(schedule.steps);
          open.measurement.steps.push(...steps);
          open.usages.push(usage);
          onBlock(open.measurement.side, block);
        });
      }
    }
    return opened.map(({ measurement, child, usages }) => ({
      ...measurement,
      usage: totalUsage(usages),
      memory: child?.memory(),
    }));
  } finally {
    for (const { child } of opened) await child?.close();
  }
}

const ranOutOfMemory = ({ failure }: SideMeasurement): boolean => /SIGKILL|allocat|out of memory/i.test(failure ?? "");

/**
 * Measures the sides in alternating blocks: ours, theirs, ours, theirs. Where memory does not hold both at once they run one after the
 * other instead, and the measurement says so.
 * @throws StoppedError on abort; a side that fails is a row with its reason.
 */
export async function measureConfiguration(options: {
  configuration: Configuration;
  sides: readonly Side[];
  schedule: Schedule;
  signal?: AbortSignal | undefined;
  onBlock?: (side: SideName, block: number) => void;
}): Promise<Measurement> {
  const { configuration, sides, schedule, signal, onBlock = () => {} } = options;
  const measuring = { schedule, signal, onBlock };
  const together = await measureTogether({ ...measuring, sides });
  if (sides.length === 1 || !together.some(ranOutOfMemory)) return { configuration, sides: together, alternating: true };
  const apart: SideMeasurement[] = [];
  for (const side of sides) apart.push(...(await measureTogether({ ...measuring, sides: [side] })));
  return { configuration, sides: apart, alternating: false };
}
