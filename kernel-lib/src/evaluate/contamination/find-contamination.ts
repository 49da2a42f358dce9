// Searches records for the test items of tasks. The items, which are few, are indexed once; records pass by, however many there are.
import { type OnProgress, startStage, throwIfStopped } from "../../runtime/index.js";
import type { OpenedTask } from "../tasks/open-task.js";
import type { TaskItem } from "../tasks/task.js";
import { createGramIndex, gramLength } from "./gram-index.js";
import { comparedWords, type ItemText, itemTexts, withoutFixedWording } from "./item-texts.js";
import { createNearSearch, type NearSearch } from "./near-duplicates.js";
import type { SearchedRecord } from "./records.js";
import type { ContaminationReport } from "./report.js";
import { createStrongestFindings } from "./strongest-findings.js";

/** GPT-3 calls an item dirty from a shared run of 13 words on (Brown et al. 2020, appendix C). */
const contaminatingWords = 13;
/**
 * PaLM calls an item contaminated where 70 % of its 8-grams were seen (Chowdhery et al. 2022, section 8). A single 8-gram is shared by
 * chance between any two texts of a field ("the purpose of this study was to evaluate the"), so that it is counted and no more; the share
 * finds what a run of 13 words cannot: items that are shorter.
 */
const contaminatingShare = 0.7;

export interface CheckedTask extends Pick<OpenedTask, "task" | "origin"> {
  /** What is scored. */
  items: readonly TaskItem[];
}

export interface FindContaminationOptions {
  tasks: readonly CheckedTask[];
  /** Those of one kind, and the demonstrations of one task, come together: they are compared in batches. */
  records: Iterable<SearchedRecord> | AsyncIterable<SearchedRecord>;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}

/** A text of an item; item and task by their numbers. */
interface NumberedText extends ItemText {
  words: string[];
  document: string;
  item: number;
  owner: number;
}

const numberTexts = (tasks: readonly CheckedTask[], wordsOf: (text: string) => string[]): NumberedText[] => {
  let number = -1;
  return tasks.flatMap(({ task, items }, owner) =>
    items.flatMap((item) => {
      number++;
      return itemTexts(task, item).map((part) => ({
        ...part,
        words: wordsOf(part.text),
        document: item.document ?? item.id,
        item: number,
        owner,
      }));
    }),
  );
};

/**
 * What of the tasks' items stands in the records, as ids and numbers. A finding contaminates its item where 13 consecutive words are shared,
 * where 70 % of the 8-grams of its input or of its answer are, or where ROUGE-L is above 0.7; a shorter shared run is reported only. Tasks' fixed
 * wording is left out on both sides.
 * Findings come in the order of tasks and items; the same records in the same order give the same report.
 * @throws StoppedError on abort.
 */
export async function findContamination(options: FindContaminationOptions): Promise<ContaminationReport> {
  const { tasks, signal } = options;
  const stage = "contamination";
  const watch = startStage(stage, options.onProgress);
  const wordsOf = (text: string): string[] =>
    comparedWords(
      withoutFixedWording(
        text,
        tasks.map(({ task }) => task),
      ),
    );
  const texts = numberTexts(tasks, wordsOf);
  const owners = new Map(tasks.map(({ task }, owner) => [task.id, owner]));
  const index = createGramIndex({
    texts,
    formWords: tasks.map(({ task }) => [comparedWords(task.instruction), comparedWords((task.labels ?? []).join(" "))]),
  });
  const findings = createStrongestFindings();
  const records = { seed: 0, row: 0, passage: 0, demonstration: 0 };

  let near: { of: string; search: NearSearch } | undefined;
  const nearSearch = ({ source, taskId }: SearchedRecord): NearSearch => {
    const of = `${source} ${taskId ?? ""}`;
    if (near?.of === of) return near.search;
    near?.search.finish();
    const compared = taskId === undefined ? texts : texts.filter(({ owner }) => owner === owners.get(taskId));
    const search = createNearSearch(compared, ({ item, recordId, score }) =>
      findings.note({ item, source, sourceId: recordId, kind: "near-duplicate", score, contaminates: true }),
    );
    near = { of, search };
    return search;
  };

  let done = 0;
  for await (const record of options.records) {
    throwIfStopped(signal, stage);
    const { source, id: sourceId, taskId } = record;
    const owner = taskId === undefined ? undefined : owners.get(taskId);
    if (taskId !== undefined && owner === undefined) continue;
    records[source]++;
    const search = nearSearch(record);
    for (const text of record.texts) {
      const words = wordsOf(text);
      for (const run of index.match(words, owner)) {
        const isLong = run.words >= contaminatingWords;
        findings.note({
          item: texts[run.text]!.item,
          source,
          sourceId,
          kind: isLong ? "13-gram" : "8-gram",
          score: run.share,
          words: run.words,
          contaminates: isLong || run.share >= contaminatingShare,
        });
      }
      search.add(sourceId, words);
    }
    if (++done % 1000 === 0) watch.update({ done, unit: "records" });
  }
  near?.search.finish();

  const itemsOf = tasks.flatMap(({ task, items }) => items.map(({ id }) => ({ taskId: task.id, itemId: id })));
  const found = findings.list();
  const dirty = new Set(found.filter(({ contaminates }) => contaminates).map(({ item }) => item));
  let first = 0;
  const report: ContaminationReport = {
    records,
    tasks: tasks.map(({ task, origin, items }) => {
      const start = first;
      first += items.length;
      return {
        taskId: task.id,
        origin,
        items: items.length,
        short: items.filter(({ input }) => wordsOf(input).length < gramLength).length,
        clean: items.filter((_, at) => !dirty.has(start + at)).map(({ id }) => id),
      };
    }),
    findings: found.map(({ item, ...finding }) => ({ ...itemsOf[item]!, ...finding })),
  };
  watch.finish(`${done} records against ${itemsOf.length} items: ${dirty.size} contaminated`);
  return report;
}
