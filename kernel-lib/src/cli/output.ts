// `--json` prints one document on stdout; everything for people goes to stderr then, to stdout otherwise.

export interface OutputOptions {
  json?: boolean;
}

export const jsonOption = ["--json", "one JSON document on stdout, logs on stderr"] as const;

export function printResult(options: OutputOptions, value: unknown, text: string): void {
  if (options.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  else process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** A line of the log. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Aligns rows of cells in columns; the last column is not padded. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(cell.length, all[i] ?? 0)), []);
  return rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join("  ")).join("\n");
}
