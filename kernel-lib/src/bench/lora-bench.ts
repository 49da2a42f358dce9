// `bench lora`: LoRA training steps of SmolLM2-135M by this trainer and by Hugging Face PEFT on PyTorch, alternately, on this machine.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defaultModel, resolveModel } from "../models/index.js";
import { InputError, projectRoot, startStage, withHugePages } from "../runtime/index.js";
import { judge } from "./bars.js";
import type { Bench, BenchContext } from "./bench.js";
import { benchRows, vocabularyOf } from "./bench-rows.js";
import { type Configuration, selectConfigurations } from "./configuration.js";
import { rowFigures } from "./figures.js";
import { choicesFlag, countFlag } from "./flags.js";
import { plannedWork } from "./forecast.js";
import { huggingFaceFolder } from "./hugging-face-folder.js";
import { barsTable, lossTable, speedTable, usageTable } from "./lora-tables.js";
import {
  type Measurement,
  measureConfiguration,
  type Schedule,
  type Side,
  type SideName,
  sideNames,
} from "./measure-configuration.js";
import { peftPython, peftScript } from "./peft-environment.js";
import type { Program } from "./step-child.js";

const command = join(projectRoot(), "kernel-lib", "dist", "cli", "main.js");

interface Plan {
  configuration: Configuration;
  sides: SideName[];
  schedule: Schedule;
}

/** PEFT has one CPU backend and one residency; the other backends are slow, so they get one block. */
function planOf(configuration: Configuration, sides: readonly SideName[], schedule: Schedule): Plan {
  const comparable = configuration.backend === "tensorflow" && configuration.residency === "resident";
  const own = sides.filter((side) => side === "tfjs" || comparable);
  return { configuration, sides: own, schedule: configuration.backend === "tensorflow" ? schedule : { ...schedule, blocks: 1 } };
}

const secondsOf = ({ configuration, sides, schedule }: Plan): number =>
  sides.reduce((sum, side) => {
    const { start, block } = plannedWork(configuration, side, schedule);
    return sum + start + schedule.blocks * block;
  }, 0);

/** What each side is started with: program and model. */
type Programs = Record<SideName, { program: Program; model: string } | undefined>;

// glibc gives large blocks back to the system as soon as they are free, and every step pays for mapping them again.
const keepingMalloc = { MALLOC_TRIM_THRESHOLD_: "8000000000", MALLOC_MMAP_THRESHOLD_: "8000000000" };

async function preparePrograms(
  model: string,
  sides: readonly SideName[],
  { flags, onProgress, signal }: BenchContext,
): Promise<Programs> {
  const threads = String(availableParallelism());
  return {
    // As a run starts its training. PyTorch keeps small pages: its bfloat16 step was a fifth slower with huge ones.
    tfjs: { program: { command: process.execPath, args: [command, "bench-child"], env: withHugePages({}) }, model },
    peft: sides.includes("peft")
      ? {
          program: {
            command: await peftPython({ onProgress, signal }),
            args: ["-u", peftScript()],
            env: { OMP_NUM_THREADS: threads, HF_HUB_OFFLINE: "1", ...(flags.peftMalloc === true && keepingMalloc) },
          },
          model: huggingFaceFolder(model),
        }
      : undefined,
  };
}

function sidesOf({ configuration, sides }: Plan, programs: Programs, vocabulary: number): Side[] {
  const { backend, precision, residency, recompute } = configuration;
  return sides.flatMap((name): Side[] => {
    const own = programs[name];
    if (!own) return [];
    const request = {
      ...{ model: own.model, backend, precision, residency, recompute, rank: 8, alpha: 16, learningRate: 1e-4 },
      ...{ threads: availableParallelism(), rows: benchRows(configuration, vocabulary) },
    };
    return [{ name, program: own.program, request }];
  });
}

export const loraBench: Bench = {
  name: "lora",
  summary: "speed and memory of LoRA training, beside Hugging Face PEFT on PyTorch",
  flags: [
    ["--only <words>", 'configurations whose name has these words: "4x256 bf16"; several groups with commas'],
    ["--sides <names>", "tfjs, peft or both (default)"],
    ["--peft-malloc", "let PyTorch keep the memory that it frees (glibc's thresholds raised): faster, and larger"],
    ["--steps <number>", "timed steps a block; default 2, with two blocks a side"],
    ["--quick", "the two small shapes with activations kept, one step a block"],
    ["--model <model>", `a registry id or the path of a GGUF file; default ${defaultModel.id}`],
  ],
  async run(context) {
    const { flags, onProgress, signal, say } = context;
    const quick = flags.quick === true;
    const schedule = { steps: countFlag(flags, "steps", quick ? 1 : 2), blocks: 2 };
    const wantedSides = choicesFlag(flags, "sides", sideNames);
    const only = typeof flags.only === "string" ? flags.only : undefined;
    const plans = selectConfigurations({ only, quick })
      .map((configuration) => planOf(configuration, wantedSides, schedule))
      .filter(({ sides }) => sides.length > 0);
    if (plans.length === 0)
      throw new InputError({ got: "configurations that PEFT does not have", allowed: "--sides tfjs for these" });
    const { id, path, title } = await resolveModel({
      model: typeof flags.model === "string" ? flags.model : defaultModel.id,
      onProgress,
      signal,
    });
    const all = plans.reduce((sum, plan) => sum + secondsOf(plan), 0);
    const counted = `${plans.length} configuration${plans.length === 1 ? "" : "s"}`;
    say(`${counted}, about ${Math.max(1, Math.round(all / 60))} min; other work on this machine spoils the figures`);
    const programs = await preparePrograms(path, wantedSides, context);
    const vocabulary = vocabularyOf(path);

    const watch = startStage("bench lora", onProgress);
    const measurements: Measurement[] = [];
    let done = 0;
    for (const plan of plans) {
      const { configuration } = plan;
      const finished = done + secondsOf(plan);
      const tell = (message: string): void =>
        watch.update({ done: Math.round(done), total: Math.round(all), unit: "s planned", message });
      tell(configuration.name);
      const measurement = await measureConfiguration({
        ...{ configuration, sides: sidesOf(plan, programs, vocabulary), schedule: plan.schedule, signal },
        onBlock(side, block) {
          done = Math.min(finished, done + plannedWork(configuration, side, plan.schedule).block);
          tell(`${configuration.name}: ${side}, block ${block + 1}`);
        },
      });
      measurements.push(measurement);
      done = finished;
    }
    watch.finish(counted);
    const judged = id === defaultModel.id ? judge(measurements) : []; // the bars speak of that model
    return {
      document: {
        ...{ model: id, threads: availableParallelism(), node: process.versions.node, schedule, bars: judged },
        measurements: measurements.map((measurement) => ({ ...measurement, figures: rowFigures(measurement) })),
      },
      tables: [
        speedTable(title, measurements, judged),
        ...(judged.length > 0 ? [barsTable(judged)] : []),
        usageTable(measurements),
        lossTable(measurements),
      ],
    };
  },
};
