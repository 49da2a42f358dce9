import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { type ExportFormat, exportFormats, exportRows, readTriples, type Triple } from "../../kernel-lib/src/dataset/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";

const triple = (number: number, text = `row ${number}`): Triple => ({
  id: `task-${String(number).padStart(4, "0")}`,
  instruction: `Name the organ in ${text}.`,
  input: number % 2 === 0 ? "" : `The "liver",\n line two of ${text} – 37 °C 😀`,
  output: `liver ${number}`,
  lineage: { seedIds: ["bio-001", "bio-002"], instructionId: number === 3 ? null : `task-${number}`, passageIds: [], round: 1 },
});
const triples = Array.from({ length: 25 }, (_, number) => triple(number));
const folder = (): string => mkdtempSync(join(tmpdir(), "export [a*b]'"));

async function written(format: ExportFormat, rows: Iterable<Triple> | AsyncIterable<Triple> = triples): Promise<string> {
  const path = join(folder(), `rows.${format}`);
  await exportRows({ triples: rows, format, path });
  return path;
}

/** Rows as DuckDB reads them: the second reader of every format. */
async function duckRows(sql: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
const quoted = (path: string): string => `'${path.replace(/[[*?]/g, "[$&]").replaceAll("'", "''")}'`;

const user = ({ instruction, input }: Triple): string => (input === "" ? instruction : `${instruction}\n\n${input}`);

describe("an export", () => {
  it("as Alpaca is one JSON array of three columns", async () => {
    const path = await written("alpaca");
    const rows = triples.map(({ instruction, input, output }) => ({ instruction, input, output }));
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(rows);
    expect(await duckRows(`SELECT * FROM read_json(${quoted(path)}, format = 'array')`)).toEqual(rows);
  });

  it("as ShareGPT is one JSON array of two-turn conversations", async () => {
    const path = await written("sharegpt");
    const rows = triples.map((row) => ({
      id: row.id,
      conversations: [
        { from: "human", value: user(row) },
        { from: "gpt", value: row.output },
      ],
    }));
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(rows);
    expect(await duckRows(`SELECT * FROM read_json(${quoted(path)}, format = 'array')`)).toEqual(rows);
  });

  it("as messages is one chat a line", async () => {
    const path = await written("messages");
    const rows = triples.map((row) => ({
      messages: [
        { role: "user", content: user(row) },
        { role: "assistant", content: row.output },
      ],
    }));
    const lines = readFileSync(path, "utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
    expect(await duckRows(`SELECT * FROM read_json(${quoted(path)}, format = 'newline_delimited')`)).toEqual(rows);
  });

  it("as JSON Lines is read back whole, packed or not", async () => {
    const path = await written("jsonl");
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    for (const file of [path, `${path}.gz`]) {
      const rows: Triple[] = [];
      for await (const row of readTriples(file)) rows.push(row);
      expect(rows).toEqual(triples);
    }
  });

  it("as Parquet keeps order, types, lineage and nulls", async () => {
    const path = await written("parquet");
    const rows = await duckRows(`SELECT * FROM read_parquet(${quoted(path)})`);
    expect(rows).toEqual(triples.map((row) => ({ ...row, lineage: { ...row.lineage, round: "1" } })));
    const types = await duckRows(`SELECT typeof(lineage) AS t FROM read_parquet(${quoted(path)}) LIMIT 1`);
    expect(types).toEqual([{ t: "STRUCT(seedIds VARCHAR[], instructionId VARCHAR, passageIds VARCHAR[], round BIGINT)" }]);
  });

  it.each(exportFormats)("as %s of no rows is a file that its reader takes", async (format) => {
    const path = await written(format, []);
    if (format === "parquet") expect(await duckRows(`SELECT * FROM read_parquet(${quoted(path)})`)).toEqual([]);
    else if (format === "alpaca" || format === "sharegpt") expect(JSON.parse(readFileSync(path, "utf8"))).toEqual([]);
    else expect(readFileSync(path, "utf8")).toBe("");
  });

  it.each(exportFormats)("as %s leaves the old file, and no other, when the source fails half way", async (format) => {
    const path = join(folder(), "rows");
    writeFileSync(path, "before");
    async function* failing(): AsyncGenerator<Triple> {
      yield triple(1);
      throw new Error("the source failed");
    }
    await expect(exportRows({ triples: failing(), format, path })).rejects.toThrow("the source failed");
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(readdirSync(join(path, ".."))).toEqual(["rows"]);
  });

  it("names the line of a row that is no triple", async () => {
    const path = join(folder(), "rows.jsonl");
    writeFileSync(path, `${JSON.stringify(triple(1))}\n{"id":"x"}\n`);
    const reading = exportRows({ triples: readTriples(path), format: "alpaca", path: `${path}.json` });
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(/rows\.jsonl:2 is not a triple: instruction/);
  });
});

/** The reader that trainers use, where this machine's Python has it. */
function python(modules: string[], code: string, ...args: string[]): unknown {
  const command = process.env.SELFSPEC_PYTHON ?? "python3";
  const program = `import json, sys\nimport ${modules.join(", ")}\n${code}`;
  return JSON.parse(
    execFileSync(command, ["-c", program, ...args], {
      encoding: "utf8",
      env: { ...process.env, HF_HUB_OFFLINE: "1" },
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
}
function hasPython(...modules: string[]): boolean {
  try {
    return python(modules, "print('true')") === true;
  } catch {
    return false;
  }
}

describe("Python's readers (skipped where Python lacks them)", { timeout: 60_000 }, () => {
  it.skipIf(!hasPython("pyarrow"))("pyarrow reads the Parquet file", async () => {
    const code = "import pyarrow.parquet\nprint(json.dumps(pyarrow.parquet.read_table(sys.argv[1]).to_pylist()))";
    expect(python(["pyarrow"], code, await written("parquet"))).toEqual(triples);
  });

  it.skipIf(!hasPython("datasets"))("datasets reads all five formats", async () => {
    const plain = mkdtempSync(join(tmpdir(), "export-")); // datasets takes its paths for patterns
    const paths: string[] = [];
    for (const format of exportFormats) {
      const path = join(plain, `${format}.${format === "parquet" ? "parquet" : "json"}`);
      await exportRows({ triples, format, path });
      paths.push(path);
    }
    const code = [
      "def rows(path):",
      "  kind = 'parquet' if path.endswith('parquet') else 'json'",
      "  return list(datasets.load_dataset(kind, data_files=path, split='train', cache_dir=sys.argv[1]))",
      "print(json.dumps([rows(path) for path in sys.argv[2:]]))",
    ].join("\n");
    const [alpaca, sharegpt, messages, jsonl, parquet] = python(["datasets"], code, join(plain, "cache"), ...paths) as {
      [column: string]: unknown;
    }[][];
    expect(alpaca).toEqual(triples.map(({ instruction, input, output }) => ({ instruction, input, output })));
    expect(sharegpt!.map(({ id }) => id)).toEqual(triples.map(({ id }) => id));
    expect(messages![1]).toEqual({
      messages: [
        { role: "user", content: user(triples[1]!) },
        { role: "assistant", content: "liver 1" },
      ],
    });
    expect(jsonl).toEqual(triples);
    expect(parquet).toEqual(triples);
  });
});
