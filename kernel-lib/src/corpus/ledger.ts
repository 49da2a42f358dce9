// What a place holds already, and what has to happen to each source. A source is finished when it has a row in `sources`; passages without
// one come from a build that was killed, and are kept where their source has not changed since.
import type { Connection, Table } from "@lancedb/lancedb";
import { InputError } from "../runtime/index.js";
import { SeenKeys } from "./seen-keys.js";
import type { Source } from "./source.js";
import {
  addRows,
  type CorpusSettings,
  deleteSources,
  factsRowSchema,
  openTable,
  type PassageRow,
  type SourceRow,
  settingsSchema,
  sourceRowSchema,
} from "./tables.js";
import { wordsOf } from "./terms.js";

export interface Settled {
  source: Source;
  version: string;
  /** "again": nothing changed, but a passage that it shared with another source went with that one. */
  state: "added" | "changed" | "unchanged" | "again";
}

export interface Settlement {
  sources: readonly Settled[];
  /** Names of sources that were taken out. */
  removed: readonly string[];
}

/** The words of a passage in order: passages that differ only in case, punctuation or white space are the same. */
export const textKey = (text: string): string => wordsOf(text).join(" ");

export interface Ledger {
  settle(options: { sources: readonly Source[]; only: boolean }): Promise<Settlement>;
  /** Numbers of the passages that a killed build left of a source. */
  storedNumbers(source: string): ReadonlySet<number>;
  /** Undefined when the text is new; else the source that has it. */
  claimText(text: string, source: string): string | undefined;
  /** @throws InputError when a passage has that id. */
  claimId(id: string, source: string): void;
  addPassages(rows: readonly PassageRow[]): Promise<void>;
  addSources(rows: readonly SourceRow[]): Promise<void>;
  sourceRows(): Promise<SourceRow[]>;
  readonly passages: () => Table | undefined;
}

/** Refuses to mix passages that were cut or analysed in different ways. */
async function checkSettings(facts: Table, place: string, settings: CorpusSettings): Promise<void> {
  const [row] = await facts.query().limit(1).toArray();
  const begun = settingsSchema.parse(JSON.parse(factsRowSchema.parse(row).settings));
  const other = (Object.keys(settings) as (keyof CorpusSettings)[]).find((name) => begun[name] !== settings[name]);
  if (other)
    throw new InputError({
      got: `${other} ${settings[other]} for ${place}, which was begun with ${begun[other]}`,
      allowed: "the settings of the first build",
      todo: "build into another place",
    });
}

async function* rowsOf(table: Table | undefined, columns: string[]): AsyncGenerator<Record<string, unknown>> {
  if (!table) return;
  for await (const batch of table.query().select(columns))
    for (const row of batch.toArray() as { toJSON(): Record<string, unknown> }[]) yield row.toJSON();
}

export async function openLedger({
  connection,
  place,
  settings,
  licence,
}: {
  connection: Connection;
  place: string;
  settings: CorpusSettings;
  licence: string;
}): Promise<Ledger> {
  const facts = await openTable(connection, "facts");
  if (facts) await checkSettings(facts, place, settings);
  else {
    const begun = { version: 0, fingerprint: "", count: 0, meanLength: 0, licence, settings: JSON.stringify(settings) };
    await addRows(connection, "facts", [begun], undefined);
  }
  let passages = await openTable(connection, "passages");
  let finished = await openTable(connection, "sources");
  const texts = new SeenKeys();
  const ids = new SeenKeys();
  const names: string[] = [];
  const numberOf = new Map<string, number>();
  const left = new Map<string, Set<number>>();

  const ownerNumber = (source: string): number => {
    let number = numberOf.get(source);
    if (number === undefined) {
      number = names.push(source) - 1;
      numberOf.set(source, number);
    }
    return number;
  };
  const sourceRows = async (): Promise<SourceRow[]> => {
    const rows: SourceRow[] = [];
    for await (const row of rowsOf(finished, Object.keys(sourceRowSchema.shape))) rows.push(sourceRowSchema.parse(row));
    return rows;
  };

  /** Sources of passages whose content, as the table has it, is not the wanted one. */
  async function leftovers(versions: ReadonlyMap<string, string>): Promise<Set<string>> {
    const found = new Set<string>();
    for await (const { source, version } of rowsOf(passages, ["source", "version"]))
      if (versions.get(String(source)) !== version) found.add(String(source));
    return found;
  }

  async function remember(done: ReadonlySet<string>): Promise<void> {
    for await (const row of rowsOf(passages, ["id", "text", "source", "number"])) {
      const source = String(row.source);
      ids.claim(String(row.id), ownerNumber(source));
      if (!settings.keepDuplicates) texts.claim(textKey(String(row.text)), ownerNumber(source));
      if (done.has(source)) continue;
      const numbers = left.get(source) ?? new Set();
      left.set(source, numbers.add(Number(row.number)));
    }
  }

  return {
    async settle({ sources, only }) {
      const rows = new Map((await sourceRows()).map((row) => [row.source, row]));
      const versions = new Map<string, string>();
      for (const source of sources) versions.set(source.name, await source.hash());
      const roots = new Set(sources.map(({ root }) => root));
      const gone = [...rows.values()].filter(({ source, root }) => !versions.has(source) && (only || roots.has(root)));
      const changed = [...rows.values()].filter(
        ({ source, version }) => versions.has(source) && versions.get(source) !== version,
      );
      const stale = new Set([...gone, ...changed].map(({ source }) => source));
      const again = [...rows.values()].filter(
        ({ source, duplicateOf }) => !stale.has(source) && (JSON.parse(duplicateOf) as string[]).some((name) => stale.has(name)),
      );
      // Rows of `sources` go first: if we are killed after that, the passages are those of an unfinished source, which is put right.
      await deleteSources(finished, [...stale, ...again.map(({ source }) => source)]);
      const kept = new Map([...rows.values()].filter(({ source }) => !stale.has(source)).map((row) => [row.source, row.version]));
      const leftover = await leftovers(new Map([...kept, ...versions]));
      await deleteSources(passages, [...new Set([...stale, ...leftover])]);
      const repeat = new Set(again.map(({ source }) => source));
      await remember(new Set([...kept.keys()].filter((name) => !repeat.has(name))));
      const changedNames = new Set(changed.map(({ source }) => source));
      const stateOf = (name: string): Settled["state"] => {
        if (changedNames.has(name)) return "changed";
        if (repeat.has(name)) return "again";
        return rows.has(name) ? "unchanged" : "added";
      };
      return {
        sources: sources.map((source) => ({ source, version: versions.get(source.name)!, state: stateOf(source.name) })),
        removed: gone.map(({ source }) => source),
      };
    },
    storedNumbers: (source) => left.get(source) ?? new Set(),
    claimText(text, source) {
      if (settings.keepDuplicates) return undefined;
      const owner = texts.claim(textKey(text), ownerNumber(source));
      return owner === undefined ? undefined : names[owner];
    },
    claimId(id, source) {
      const owner = ids.claim(id, ownerNumber(source));
      if (owner !== undefined)
        throw new InputError({
          got: `two passages with the id "${id}": in ${names[owner]} and ${source}`,
          allowed: "ids that occur once",
          todo: "make them differ, or leave the ids out by naming another id field",
        });
    },
    async addPassages(rows) {
      passages = await addRows(connection, "passages", rows, passages);
    },
    async addSources(rows) {
      finished = await addRows(connection, "sources", rows, finished);
    },
    sourceRows,
    passages: () => passages,
  };
}
