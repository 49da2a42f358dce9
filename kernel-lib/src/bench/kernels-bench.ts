// `bench kernels`: what a training step on the native backend is made of, and how fast its matrix products are beside plain ones.
import { profileSteps, type StepProfile } from "../lora/index.js";
import { defaultModel, resolveModel } from "../models/index.js";
import type { Table } from "../report/index.js";
import { InputError, startStage } from "../runtime/index.js";
import type { Bench } from "./bench.js";
import { benchRows, vocabularyOf } from "./bench-rows.js";
import { type Configuration, selectConfigurations } from "./configuration.js";
import { tokensOf } from "./figures.js";
import { countFlag } from "./flags.js";
import { type KindShare, kindShares, operationsOfProduct, productShare } from "./operation-kinds.js";

/** The part of a step that matrix products shall be, at 4×256 of the default model. */
const productBar = 0.7;

function sharesTable({ title, shares, barred }: { title: string; shares: readonly KindShare[]; barred: boolean }): Table {
  const share = productShare(shares);
  const verdict = barred ? `; bar ≥ ${100 * productBar} %: ${share >= productBar ? "met" : "not met"}` : "";
  return {
    title,
    columns: [
      { label: "kind", align: "left" },
      { label: "ms", align: "right" },
      { label: "%", align: "right" },
      { label: "calls", align: "right" },
    ],
    rows: shares.map(({ kind, seconds, share: part, calls }) => [
      { text: kind },
      { text: (1000 * seconds).toFixed(1) },
      { text: (100 * part).toFixed(1) },
      { text: calls === 0 ? "" : String(Math.round(calls)) },
    ]),
    footnotes: [
      `Products are ${(100 * share).toFixed(1)} % of the step${verdict}.`,
      "Wall time around each native call; the optimiser was timed apart, and what is left of the step is JavaScript.",
    ],
  };
}

interface ProductRow {
  shape: string;
  calls: number;
  milliseconds: number;
  gigaflops: number;
  plainGigaflops: number;
}

/** Every shape of product in a step, longest first. */
export function productRows({ steps, operations }: StepProfile): ProductRow[] {
  return operations.flatMap(({ product, calls, seconds, plainSeconds }) => {
    if (!product || plainSeconds === undefined) return [];
    const { batch, rows, inner, columns, transposeA, transposeB, precision } = product;
    const gigaflops = (calls * operationsOfProduct(product)) / 1e9;
    const order = `${transposeA ? "T" : "N"}${transposeB ? "T" : "N"}`;
    return [
      {
        shape: `${batch > 1 ? `${batch}×` : ""}${rows}×${inner}×${columns} ${order} ${precision}`,
        calls: calls / steps,
        milliseconds: (1000 * seconds) / steps,
        gigaflops: gigaflops / seconds,
        plainGigaflops: gigaflops / plainSeconds,
      },
    ];
  });
}

function productsTable(rows: readonly ProductRow[]): Table {
  return {
    title: "Its matrix products",
    columns: [
      { label: "rows×inner×columns", align: "left" },
      { label: "calls", align: "right" },
      { label: "ms", align: "right" },
      { label: "GFLOP/s", align: "right" },
      { label: "plain", align: "right" },
      { label: "of plain", align: "right" },
    ],
    rows: rows.map(({ shape, calls, milliseconds, gigaflops, plainGigaflops }) => [
      { text: shape },
      { text: String(Math.round(calls)) },
      { text: milliseconds.toFixed(1) },
      { text: gigaflops.toFixed(0) },
      { text: plainGigaflops.toFixed(0) },
      { text: `${((100 * gigaflops) / plainGigaflops).toFixed(0)} %` },
    ]),
    footnotes: [
      "plain: the best of many products of the same shape on the same operands, which then lie in the processor's caches.",
    ],
  };
}

export const kernelsBench: Bench = {
  name: "kernels",
  summary: "what a training step is made of, and GFLOP/s of its matrix products beside plain ones",
  flags: [
    ["--only <words>", 'configurations whose name has these words; default "4x256 kept half", in both precisions'],
    ["--steps <number>", "timed steps; default 2"],
    ["--model <model>", `a registry id or the path of a GGUF file; default ${defaultModel.id}`],
  ],
  async run({ flags, onProgress, signal, say }) {
    const steps = countFlag(flags, "steps", 2);
    const only = typeof flags.only === "string" ? flags.only : "4x256 kept half tensorflow";
    const chosen = selectConfigurations({ only });
    const foreign = chosen.find(({ backend }) => backend !== "tensorflow");
    if (foreign)
      throw new InputError({
        got: `--only "${only}", which takes in ${foreign.name}`,
        allowed: "configurations of the backend tensorflow",
        todo: `say "${only} tensorflow"`,
      });
    const { id, path, title } = await resolveModel({
      model: typeof flags.model === "string" ? flags.model : defaultModel.id,
      onProgress,
      signal,
    });
    say(`${chosen.length} configurations, about half a minute each`);
    const vocabulary = vocabularyOf(path);
    const watch = startStage("bench kernels", onProgress);
    const results: { configuration: Configuration; profile: StepProfile; shares: KindShare[]; products: ProductRow[] }[] = [];
    for (const configuration of chosen) {
      watch.update({ done: results.length, total: chosen.length, unit: "configurations", message: configuration.name });
      const { precision, residency, recompute } = configuration;
      const profile = await profileSteps({
        ...{ modelPath: path, precision, residency, recompute, rank: 8, alpha: 16, learningRate: 1e-4 },
        ...{ rows: benchRows(configuration, vocabulary), steps },
      });
      results.push({ configuration, profile, shares: kindShares(profile), products: productRows(profile) });
    }
    watch.finish(`${chosen.length} configurations`);
    return {
      document: results.map(({ profile, shares, ...result }) => ({
        ...{ model: id, ...result },
        shares,
        productShare: productShare(shares),
        profile,
      })),
      tables: results.flatMap(({ configuration, shares, products }) => [
        sharesTable({
          ...{ title: `A step of ${title}, ${configuration.name}`, shares },
          barred: id === defaultModel.id && tokensOf(configuration) === 1024,
        }),
        productsTable(products),
      ]),
    };
  },
};
