// Out to Parquet and back by DuckDB: what another tool will read is what was written.
import { mkdirSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { exportRows, type Triple } from "../../dataset/index.js";
import { homeDirectory } from "../../runtime/index.js";

export interface RoundTrip {
  /** Written. */
  rows: number;
  bytes: number;
  /** Column name and type, as DuckDB found them in the file. */
  columns: { column: string; type: string }[];
  /** Read back in the same order with every field the same. */
  equal: number;
}

/** Writes `.selfspec/data-lab/<name>.parquet` and reads it again. @throws RunError when it cannot be written. */
export async function parquetRoundTrip(triples: readonly Triple[], { name }: { name: string }): Promise<RoundTrip> {
  mkdirSync(homeDirectory("data-lab"), { recursive: true });
  const path = homeDirectory("data-lab", `${name}.parquet`);
  const { rows, bytes } = await exportRows({ triples, format: "parquet", path });
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  try {
    const source = `read_parquet('${path.replaceAll("'", "''").replace(/[[*?]/g, "[$&]")}')`;
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
    const columns = described.getRowsJS().map(([column, type]) => ({ column: String(column), type: String(type) }));
    const read = await connection.runAndReadAll(`SELECT to_json(t) FROM ${source} t`);
    const back = read.getRowsJS().map(([json]) => JSON.parse(String(json)) as unknown);
    const equal = triples.filter((triple, index) => isDeepStrictEqual(triple, back[index])).length;
    return { rows, bytes, columns, equal };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
