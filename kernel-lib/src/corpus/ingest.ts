// Reading sources into the table: cut, told apart from what is there, analysed, added in batches.
import { type Stopwatch, throwIfStopped } from "../runtime/index.js";
import type { Ledger, Settled, Settlement } from "./ledger.js";
import type { CorpusSettings, PassageRow, SourceRow } from "./tables.js";
import { analyser } from "./terms.js";

const batchSources = 1_000;

interface Pending {
  passages: Omit<PassageRow, "terms" | "length">[];
  sources: SourceRow[];
}

export interface Ingested {
  passagesAdded: number;
  duplicates: number;
}

export async function ingest({
  ledger,
  settled,
  settings,
  batch,
  watch,
  signal,
}: {
  ledger: Ledger;
  settled: Settlement;
  settings: CorpusSettings;
  /** Passages a commit. */
  batch: number;
  watch: Stopwatch;
  signal: AbortSignal | undefined;
}): Promise<Ingested> {
  const analyse = analyser(settings);
  const unfinished = settled.sources.filter(({ state }) => state !== "unchanged");
  const totalBytes = unfinished.reduce((sum, { source }) => sum + source.bytes, 0);
  const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
  const done: Ingested = { passagesAdded: 0, duplicates: 0 };
  let bytesBefore = 0;
  let pending: Pending = { passages: [], sources: [] };

  const flush = async (position: number): Promise<void> => {
    throwIfStopped(signal, "corpus build");
    const { passages, sources } = pending;
    pending = { passages: [], sources: [] };
    const terms = await analyse(passages.map(({ text }) => text));
    await ledger.addPassages(passages.map((row, at) => ({ ...row, terms: terms[at]!.join(" "), length: terms[at]!.length })));
    await ledger.addSources(sources);
    done.passagesAdded += passages.length;
    watch.update({
      ...{ done: megabytes(bytesBefore + position), total: megabytes(totalBytes), unit: "MB" },
      message: `${done.passagesAdded} passages, ${Math.round(done.passagesAdded / watch.seconds())}/s`,
    });
  };

  const readSource = async ({ source, version }: Settled): Promise<void> => {
    const stored = ledger.storedNumbers(source.name);
    const owners = new Set<string>();
    let passages = 0;
    let duplicates = 0;
    for await (const { id, text, number, position } of source.passages()) {
      if (stored.has(number)) {
        passages++;
        continue;
      }
      const owner = ledger.claimText(text, source.name);
      if (owner !== undefined) {
        duplicates++;
        if (owner !== source.name) owners.add(owner);
        continue;
      }
      ledger.claimId(id, source.name);
      passages++;
      pending.passages.push({ id, text, source: source.name, version, number });
      if (pending.passages.length >= batch) await flush(position);
    }
    done.duplicates += duplicates;
    const duplicateOf = JSON.stringify([...owners]);
    pending.sources.push({ source: source.name, root: source.root, version, passages, duplicates, duplicateOf });
    if (pending.sources.length >= batchSources) await flush(source.bytes);
  };

  for (const one of unfinished) {
    await readSource(one);
    bytesBefore += one.source.bytes;
  }
  await flush(0);
  return done;
}
