// The tensor types of GGUF files: how many values a block holds and how many bytes it takes (ggml's type traits).

interface TensorTypeTraits {
  /** The number the file carries. */
  id: number;
  /** Values a block. */
  block: number;
  /** Bytes a block. */
  bytes: number;
}

const traits = {
  F32: { id: 0, block: 1, bytes: 4 },
  F16: { id: 1, block: 1, bytes: 2 },
  BF16: { id: 30, block: 1, bytes: 2 },
  Q4_0: { id: 2, block: 32, bytes: 18 },
  Q4_1: { id: 3, block: 32, bytes: 20 },
  Q5_0: { id: 6, block: 32, bytes: 22 },
  Q5_1: { id: 7, block: 32, bytes: 24 },
  Q8_0: { id: 8, block: 32, bytes: 34 },
  Q4_K: { id: 12, block: 256, bytes: 144 },
  Q5_K: { id: 13, block: 256, bytes: 176 },
  Q6_K: { id: 14, block: 256, bytes: 210 },
} as const satisfies Record<string, TensorTypeTraits>;

/** A tensor type this project can read. */
export type TensorType = keyof typeof traits;

export const tensorTypes = Object.keys(traits) as TensorType[];

// Named so that a file we cannot read is refused with the word its maker used.
const unreadable: Record<number, string> = {
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
};

export const typeTraits = (type: TensorType): TensorTypeTraits => traits[type];

/** Bytes that `elements` values of this type take in a file. */
export const bytesOf = (type: TensorType, elements: number): number => (elements / traits[type].block) * traits[type].bytes;

/** The type with this number, or the name of one that cannot be read. */
export function tensorTypeOf(id: number): { type: TensorType } | { unreadable: string } {
  const type = tensorTypes.find((name) => traits[name].id === id);
  return type ? { type } : { unreadable: unreadable[id] ?? `number ${id}` };
}
