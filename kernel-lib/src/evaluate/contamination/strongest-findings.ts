// Of all findings the strongest for each item, kind of source and kind of finding, with the number of records that show it: a phrase that
// stands in thousands of passages is one line.
import type { ContaminationFinding } from "./report.js";

/** A finding as it is made, its item by number. */
export interface RawFinding extends Omit<ContaminationFinding, "taskId" | "itemId" | "records"> {
  item: number;
}

const isStronger = (one: RawFinding, other: RawFinding): boolean =>
  one.score > other.score || (one.score === other.score && (one.words ?? 0) > (other.words ?? 0));

/** Of equals the first stays. */
export function createStrongestFindings() {
  const kept = new Map<string, { strongest: RawFinding; records: Set<string> }>();
  return {
    note(found: RawFinding): void {
      const key = `${found.item} ${found.source} ${found.kind}`;
      const known = kept.get(key);
      if (known === undefined) {
        kept.set(key, { strongest: found, records: new Set([found.sourceId]) });
        return;
      }
      known.records.add(found.sourceId);
      if (isStronger(found, known.strongest)) known.strongest = found;
    },
    /** In the order of the items. */
    list(): (RawFinding & { records: number })[] {
      return [...kept.values()]
        .map(({ strongest, records }) => ({ ...strongest, records: records.size }))
        .sort((a, b) => a.item - b.item);
    },
  };
}
