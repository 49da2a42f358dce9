// Parquet by DuckDB, from JSON Lines on disk: both sides stream, so memory does not grow with the rows.
import { rm, stat } from "node:fs/promises";

const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** DuckDB reads a path as a pattern; in brackets a character stands for itself. */
const literalPath = (path: string): string => path.replace(/[[*?]/g, "[$&]");

/** Rows that a row group gathers before it is written: a reader's unit of parallel work, and most of the writer's memory. */
const rowGroup = 10_240;

/**
 * Turns a JSON Lines file into a Parquet file (zstd) with the given columns, in the file's order.
 * @returns the bytes written.
 */
export async function jsonlToParquet(options: {
  from: string;
  to: string;
  columns: Readonly<Record<string, string>>;
}): Promise<number> {
  const columns = Object.entries(options.columns).map(([name, type]) => `${sqlText(name)}: ${sqlText(type)}`);
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", memory_limit: "512MB" });
  const connection = await instance.connect();
  try {
    await connection.run(
      `COPY (SELECT * FROM read_json(${sqlText(literalPath(options.from))}, format = 'newline_delimited', columns = {${columns.join(", ")}}))
       TO ${sqlText(options.to)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroup})`,
    );
    return (await stat(options.to)).size;
  } catch (error) {
    await rm(options.to, { force: true });
    throw error;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
