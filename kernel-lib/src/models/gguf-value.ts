// Metadata values of GGUF files. A value read from a file keeps its bytes, so that a rewritten file carries it bit for bit,
// and is decoded only when somebody looks (a tokenizer alone has hundreds of thousands of them).

/** Value kinds by their number in the file (gguf_metadata_value_type). */
export const valueKinds = [
  "u8",
  "i8",
  "u16",
  "i16",
  "u32",
  "i32",
  "f32",
  "bool",
  "string",
  "array",
  "u64",
  "i64",
  "f64",
] as const;

export type ValueKind = (typeof valueKinds)[number];
type ScalarKind = Exclude<ValueKind, "array" | "string">;

/** 64-bit integers are numbers where a double holds them exactly, bigints beyond. */
export type GgufData = number | bigint | boolean | string | GgufData[];

export const scalarBytes: Record<ScalarKind, number> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  bool: 1,
  u64: 8,
  i64: 8,
  f64: 8,
};

export interface GgufValue {
  readonly kind: ValueKind;
  /** The encoded value, without its kind. */
  readonly bytes: Uint8Array;
  /** The decoded value. */
  readonly data: GgufData;
}

const narrow = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

function decodeScalar(view: DataView, at: number, kind: ScalarKind): GgufData {
  switch (kind) {
    case "u8":
      return view.getUint8(at);
    case "i8":
      return view.getInt8(at);
    case "u16":
      return view.getUint16(at, true);
    case "i16":
      return view.getInt16(at, true);
    case "u32":
      return view.getUint32(at, true);
    case "i32":
      return view.getInt32(at, true);
    case "f32":
      return view.getFloat32(at, true);
    case "f64":
      return view.getFloat64(at, true);
    case "bool":
      return view.getUint8(at) !== 0;
    case "u64":
      return narrow(view.getBigUint64(at, true));
    case "i64":
      return narrow(view.getBigInt64(at, true));
  }
}

function decode(bytes: Uint8Array, kind: ValueKind): GgufData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const next = (what: ValueKind): GgufData => {
    if (what === "string") {
      const length = Number(view.getBigUint64(at, true));
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + at + 8, length).toString("utf8");
      at += 8 + length;
      return text;
    }
    if (what === "array") {
      const element = valueKinds[view.getUint32(at, true)]!;
      const length = Number(view.getBigUint64(at + 4, true));
      at += 12;
      return Array.from({ length }, () => next(element));
    }
    const value = decodeScalar(view, at, what);
    at += scalarBytes[what];
    return value;
  };
  return next(kind);
}

/** A value over its encoded bytes. */
export function encodedValue(kind: ValueKind, bytes: Uint8Array): GgufValue {
  let data: GgufData | undefined;
  return {
    kind,
    bytes,
    get data() {
      data ??= decode(bytes, kind);
      return data;
    },
  };
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

function fourBytes(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(4);
  write(new DataView(bytes.buffer));
  return bytes;
}

/** Makes the values that our own files need. */
export const ggufValue = {
  string: (text: string): GgufValue => encodedValue("string", encodeString(text)),
  u32: (value: number): GgufValue =>
    encodedValue(
      "u32",
      fourBytes((view) => view.setUint32(0, value, true)),
    ),
  f32: (value: number): GgufValue =>
    encodedValue(
      "f32",
      fourBytes((view) => view.setFloat32(0, value, true)),
    ),
  bool: (value: boolean): GgufValue => encodedValue("bool", Uint8Array.of(value ? 1 : 0)),
  strings: (texts: readonly string[]): GgufValue => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(valueKinds.indexOf("string"));
    head.writeBigUInt64LE(BigInt(texts.length), 4);
    return encodedValue("array", Buffer.concat([head, ...texts.map(encodeString)]));
  },
};
