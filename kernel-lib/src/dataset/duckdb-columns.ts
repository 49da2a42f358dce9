// A row type's Parquet columns, from its own schema: zod → JSON Schema → DuckDB. A field added to the row type is a column at once.
import { z } from "zod";

interface JsonSchema {
  type?: string | string[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
}

const scalars: Readonly<Record<string, string>> = { string: "VARCHAR", integer: "BIGINT", number: "DOUBLE", boolean: "BOOLEAN" };

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function typeOf(schema: JsonSchema, path: string): string {
  // Every Parquet column may be null: "string or null" is a string's column.
  const choices = (schema.anyOf ?? [schema.type ?? []].flat().map((type): JsonSchema => ({ ...schema, type }))).filter(
    ({ type }) => type !== "null",
  );
  const [known] = choices;
  if (known?.type === "array") return `${typeOf(known.items ?? {}, `${path}[]`)}[]`;
  if (known?.type === "object") {
    const fields = Object.entries(known.properties ?? {}).map(
      ([name, inner]) => `${quoted(name)} ${typeOf(inner, `${path}.${name}`)}`,
    );
    return `STRUCT(${fields.join(", ")})`;
  }
  const scalar = typeof known?.type === "string" && choices.length === 1 ? scalars[known.type] : undefined;
  if (scalar === undefined) throw new TypeError(`${path}: no Parquet column for ${JSON.stringify(schema)}`);
  return scalar;
}

/** Column name → DuckDB type. @throws TypeError for a field that has no column type of its own, such as a union. */
export function duckdbColumns(schema: z.ZodObject): Record<string, string> {
  const { properties = {} } = z.toJSONSchema(schema) as JsonSchema;
  return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, typeOf(inner, name)]));
}
