// `cache stats|export|import|prune`: the calls that were answered before, and replay bundles made of them.
import type { Command } from "commander";
import {
  type CallCache,
  type CallCacheStatistics,
  callStatistics,
  exportCalls,
  importCalls,
  openCallCache,
  pruneCalls,
} from "../endpoint/index.js";
import { alignColumns, jsonOption, type OutputOptions, printResult } from "./output.js";

async function withCache<T>(use: (cache: CallCache) => T | Promise<T>): Promise<T> {
  const cache = openCallCache();
  try {
    return await use(cache);
  } finally {
    await cache.close();
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const day = (date: string | null): string => date?.slice(0, 10) ?? "";

function statisticsText({ directory, records, bytes, unreadable, oldest, newest, answerers }: CallCacheStatistics): string {
  const head = [
    ["calls", `${records}${records > 0 ? `, ${day(oldest)} to ${day(newest)}` : ""}`],
    ["size", megabytes(bytes)],
    ...(unreadable > 0 ? [["unreadable", `${unreadable}; the next prune takes them out`]] : []),
    ["folder", directory],
  ];
  const rows = answerers.map((who) => [who.model, `${who.records}`, `${who.completionTokens}`, who.fingerprint.slice(0, 60)]);
  return [alignColumns(head), ...(rows.length > 0 ? ["", alignColumns([["model", "calls", "tokens", "by"], ...rows])] : [])].join(
    "\n",
  );
}

export function addCacheCommand(program: Command): void {
  const cache = program.command("cache").description("calls that were answered before; replay bundles");
  cache
    .command("stats")
    .description("how many calls, how large, by whom")
    .option(...jsonOption)
    .action(async (options: OutputOptions) => {
      const statistics = await withCache(callStatistics);
      printResult(options, statistics, statisticsText(statistics));
    });
  cache
    .command("export <file>")
    .description("write a replay bundle: of the whole cache, or of one run")
    .option("--run <directory>", "only the calls that this run used")
    .option(...jsonOption)
    .action(async (path: string, options: OutputOptions & { run?: string }) => {
      const exported = await withCache((opened) => exportCalls({ cache: opened, path, run: options.run }));
      printResult(options, exported, `${exported.manifest.records} calls  ${path}`);
    });
  cache
    .command("import <file>")
    .description("merge a replay bundle into the cache")
    .option(...jsonOption)
    .action(async (path: string, options: OutputOptions) => {
      const imported = await withCache((opened) => importCalls({ cache: opened, path }));
      printResult(options, imported, `${imported.added} calls added, ${imported.known} known`);
    });
  cache
    .command("prune")
    .description("take calls out; what cannot be read always goes")
    .option("--older-than <age>", "answered longer ago: 30d, 12h, 90m")
    .option("--model <name>", "answered by this base model or adapter")
    .option("--all", "every call")
    .option(...jsonOption)
    .action(
      async ({ olderThan, model, all, ...options }: OutputOptions & { olderThan?: string; model?: string; all?: boolean }) => {
        const pruned = await withCache((opened) => pruneCalls({ cache: opened, olderThan, model, all }));
        printResult(options, pruned, `${pruned.removed} calls removed, ${pruned.left} left`);
      },
    );
}
