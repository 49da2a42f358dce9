// One write of a data set in a process of its own, so that its peak memory is its own: started by the rows benchmark with JSON as its argument.
import { stat } from "node:fs/promises";
import { z } from "zod";
import { exportFormats, exportRows, type Triple } from "../dataset/index.js";
import { clock, deriveRandom, writeAtomic } from "../runtime/index.js";

export const rowsTaskSchema = z.strictObject({
  /** "whole": the rows gathered, then one JSON.stringify of all, as a script would. */
  writer: z.enum(["stream", "whole"]),
  format: z.enum(exportFormats),
  rows: z.number().int(),
  path: z.string(),
});
export type RowsTask = z.infer<typeof rowsTaskSchema>;

export const rowsMeasureSchema = z.strictObject({
  seconds: z.number(),
  bytes: z.number(),
  /** Resident memory's peak over what it was before the first row. */
  growthBytes: z.number(),
});
export type RowsMeasure = z.infer<typeof rowsMeasureSchema>;

/** Made-up rows of about 110 words, the texts from a small pool: making them must not be what is measured. */
function* makeRows(count: number): Generator<Triple> {
  const words = Array.from({ length: 400 }, (_, index) =>
    deriveRandom("bench", "word", index)
      .integer(2 ** 31)
      .toString(36),
  );
  const text = (kind: string, index: number, length: number): string => {
    const random = deriveRandom("bench", kind, index);
    return Array.from({ length }, () => words[random.integer(words.length)]).join(" ");
  };
  const pool = Array.from({ length: 256 }, (_, index) => ({
    instruction: text("instruction", index, 18),
    input: text("input", index, 60),
    output: text("output", index, 30),
  }));
  for (let number = 0; number < count; number++) {
    const id = `task-${number}`;
    const lineage = { seedIds: ["bio-001", "bio-002", "bio-003"], instructionId: id, passageIds: [], round: 1 };
    yield { id, ...pool[number % pool.length]!, lineage };
  }
}

async function measure({ writer, format, rows, path }: RowsTask): Promise<RowsMeasure> {
  await exportRows({ triples: makeRows(10), format, path }); // loads what the format needs
  const before = process.memoryUsage().rss;
  const began = clock.elapsed();
  if (writer === "stream") await exportRows({ triples: makeRows(rows), format, path });
  else {
    const all = [...makeRows(rows)].map(({ instruction, input, output }) => ({ instruction, input, output }));
    writeAtomic(path, JSON.stringify(all));
  }
  const seconds = (clock.elapsed() - began) / 1000;
  const { size } = await stat(path);
  return { seconds, bytes: size, growthBytes: Math.max(0, process.resourceUsage().maxRSS * 1024 - before) };
}

const [argument] = process.argv.slice(2);
if (process.argv[1]?.endsWith("rows-child.js") && argument !== undefined)
  void measure(rowsTaskSchema.parse(JSON.parse(argument))).then((measured) => process.stdout.write(JSON.stringify(measured)));
