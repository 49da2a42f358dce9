// What `bench retrieval` prints: both sides' figures, their ratio, the bars of our own, and whether both found the same.
import type { Table } from "../report/index.js";
import { median } from "./figures.js";

/** [id, score] of what a query found, best first. */
export type Hits = [id: string, score: number][];

export interface RetrievalSide {
  side: "selfspec" | "bm25s";
  /** Versions. */
  note: string;
  /** From the file to an index that can be asked, with the start of the process on our side. */
  buildSeconds: number;
  /** Peak resident memory while building; while building and searching on bm25s's side, which keeps all in memory. */
  peakBytes: number | undefined;
  /** The same for a fifth of the passages. */
  partPeakBytes?: number | undefined;
  querySeconds: readonly number[];
  hits: readonly Hits[];
}

const buildBar = 60;
const queryBar = 10;

/** The value below which a share of the values lies, by the nearest rank. */
export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)]!;

/** float32 sums of bm25s differ from float64 ones by less. */
const tolerance = 1e-4;

/** Share of the queries for which both sides' scores agree, rank by rank; undefined unless both were measured. */
export function agreement(sides: readonly RetrievalSide[]): number | undefined {
  const [one, two] = sides;
  if (!one || !two) return undefined;
  const same = one.hits.filter((hits, query) => {
    const others = two.hits[query]!;
    return hits.length === others.length && hits.every(([, score], rank) => Math.abs(score - others[rank]![1]) < tolerance);
  });
  return same.length / one.hits.length;
}

const megabytes = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / 1e6);
const shown = (value: number | undefined, digits: number): string =>
  value === undefined ? "not measured" : value.toFixed(digits);

export function retrievalTables({
  passages,
  queries,
  top,
  sides,
  agreed,
  missing,
}: {
  passages: number;
  queries: number;
  top: number;
  sides: readonly RetrievalSide[];
  agreed: number | undefined;
  missing: string | undefined;
}): Table[] {
  const figures: [label: string, digits: number, of: (side: RetrievalSide) => number | undefined][] = [
    ["build, s", 1, ({ buildSeconds }) => buildSeconds],
    ["passages/s", 0, ({ buildSeconds }) => passages / buildSeconds],
    ["ms a query, median", 2, ({ querySeconds }) => 1000 * median(querySeconds)],
    ["ms a query, p95", 2, ({ querySeconds }) => 1000 * quantile(querySeconds, 0.95)],
    ["peak memory, MB", 0, ({ peakBytes }) => megabytes(peakBytes)],
  ];
  const [one, two] = sides;
  const ours = sides.find(({ side }) => side === "selfspec");
  const verdict = (met: boolean): string => (met ? "met" : "not met");
  return [
    {
      title: `Retrieval: ${passages} passages, ${queries} queries, top ${top}`,
      columns: [
        { label: "", align: "left" },
        ...sides.map(({ side }) => ({ label: side, align: "right" }) as const),
        ...(two ? [{ label: `${one!.side} / ${two.side}`, align: "right" } as const] : []),
      ],
      rows: figures.map(([label, digits, of]) => {
        const [a, b] = [one && of(one), two && of(two)];
        return [
          { text: label },
          ...sides.map((side) => ({ text: shown(of(side), digits) })),
          ...(two ? [{ text: a === undefined || b === undefined ? "" : (a / b).toFixed(2) }] : []),
        ];
      }),
      footnotes: [
        ...sides.map(({ side, note }) => `${side}: ${note}.`),
        ...(ours && passages === 100_000
          ? [
              `Bars of ours on two cores: build < ${buildBar} s: ${verdict(ours.buildSeconds < buildBar)}; median query < ${queryBar} ms: ${verdict(1000 * median(ours.querySeconds) < queryBar)}.`,
            ]
          : []),
        ...(ours?.peakBytes && ours.partPeakBytes
          ? [`Peak memory of a fifth of the passages: ${shown(megabytes(ours.partPeakBytes), 0)} MB.`]
          : []),
        ...(agreed === undefined
          ? []
          : [`${(100 * agreed).toFixed(1)} % of the queries have the same scores, rank by rank, on both sides.`]),
        ...(missing === undefined ? [] : [`${missing}.`]),
        "Our index lies on disk and takes in new files; bm25s holds its own in memory.",
      ],
    },
  ];
}
