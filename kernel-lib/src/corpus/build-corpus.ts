// `buildCorpus`: brings a place to what the sources hold. New files are added, changed ones replaced, vanished ones taken out. Passages reach
// the table in batches, each of which is one commit, so a build that was killed goes on with what is missing; readers see only finished builds.
import { resolve } from "node:path";
import { clock, InputError, lockDirectory, type OnProgress, startStage, throwIfStopped } from "../runtime/index.js";
import { ingest } from "./ingest.js";
import { openLedger, type Settled } from "./ledger.js";
import { publish } from "./publish.js";
import { defaultFields } from "./read-documents.js";
import { fileSource, type Source } from "./source.js";
import { allCorpusFiles } from "./source-files.js";
import { defaultCut } from "./split-passages.js";
import { type CorpusSettings, connectTo, isUri, settingsSchema } from "./tables.js";

/** What a build did. */
export interface BuildResult {
  to: string;
  /** Passages that the corpus now has. */
  passages: number;
  fingerprint: string;
  files: { added: number; changed: number; removed: number; unchanged: number };
  passagesAdded: number;
  /** Passages of the files read now that were left out because another passage has the same words. */
  duplicates: number;
  seconds: number;
}

export interface BuildOptions {
  /** Files (.txt, .md, .jsonl, .parquet) and folders of them. */
  sources: readonly string[];
  /** A folder, or a URI that LanceDB opens: s3://bucket/path, gs://…, az://…, file:///…; its credentials come from the environment. */
  to: string;
  /** Settings stay those of the first build; the defaults are `defaultSettings`. */
  settings?: Partial<CorpusSettings>;
  /** Stated licence of the texts. */
  licence?: string;
  /** Also take out files of sources that this call does not name; without it only files that vanished from the named ones go. */
  only?: boolean;
  /** Passages a commit: what a kill loses at most, and what is in memory at once. Default 5,000; much smaller ones make many small files. */
  batch?: number;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}

export const defaultSettings: CorpusSettings = {
  ...{ stem: false, keepDuplicates: false, textField: defaultFields.text, idField: defaultFields.id },
  ...defaultCut,
};

export const defaultLicence = "as its owner states";

/** @throws InputError for a setting out of range. */
export function parseSettings(settings: Partial<CorpusSettings>, base: CorpusSettings = defaultSettings): CorpusSettings {
  const parsed = settingsSchema.safeParse({ ...base, ...settings });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new InputError({ got: `corpus setting ${issue.path.join(".")}: ${issue.message}` });
  }
  const { maxWords, overlap } = parsed.data;
  if (overlap > 0 && (maxWords === null || overlap >= maxWords))
    throw new InputError({
      got: `an overlap of ${overlap} words`,
      allowed: `fewer than the most words of a passage (${maxWords})`,
    });
  return parsed.data;
}

/** One builder a folder. Object storage has no locks: there it is up to the user. */
function holdPlace(to: string): () => void {
  if (isUri(to)) return () => {};
  try {
    return lockDirectory(resolve(to));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { got } = error.complaint;
    throw new InputError(
      { got, allowed: "one build a place at a time", todo: "wait for it, or choose another place" },
      { cause: error },
    );
  }
}

const countOf = (settled: readonly Settled[], state: Settled["state"]): number =>
  settled.filter((one) => one.state === state).length;

/** The build itself, for sources of any kind. */
export async function buildFrom(
  sources: readonly Source[],
  { to, settings, licence = defaultLicence, only = false, batch = 5_000, onProgress, signal }: Omit<BuildOptions, "sources">,
): Promise<BuildResult> {
  const began = clock.elapsed();
  const wanted = parseSettings(settings ?? {});
  const release = holdPlace(to);
  try {
    const connection = await connectTo(to);
    try {
      throwIfStopped(signal, "corpus build");
      const ledger = await openLedger({ connection, place: to, settings: wanted, licence });
      const settled = await ledger.settle({ sources, only });
      const watch = startStage("corpus build", onProgress);
      const { passagesAdded, duplicates } = await ingest({ ledger, settled, settings: wanted, batch, watch, signal });
      watch.update({ message: "indexing" });
      const { count, fingerprint } = await publish({ ledger, connection, settings: wanted, licence, place: to });
      watch.finish(`${count} passages, ${passagesAdded} of them new`);
      const files = {
        ...{ added: countOf(settled.sources, "added"), changed: countOf(settled.sources, "changed") },
        ...{ removed: settled.removed.length, unchanged: countOf(settled.sources, "unchanged") },
      };
      const seconds = (clock.elapsed() - began) / 1000;
      return { to, passages: count, fingerprint, files, passagesAdded, duplicates, seconds };
    } finally {
      connection.close();
    }
  } finally {
    release();
  }
}

/**
 * Builds a corpus, or brings one up to date.
 * @throws InputError for sources that are missing, unreadable or empty, ids that occur twice, a place that cannot be opened or is being built,
 * and settings other than those it was begun with; StoppedError on abort: the same call goes on.
 */
export async function buildCorpus({ sources, ...options }: BuildOptions): Promise<BuildResult> {
  const settings = parseSettings(options.settings ?? {});
  const fields = { text: settings.textField, id: settings.idField };
  return buildFrom(
    allCorpusFiles(sources).map((file) => fileSource(file, fields, settings)),
    options,
  );
}
