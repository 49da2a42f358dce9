import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeValues, type WritableType } from "../../kernel-lib/src/models/encode.js";
import {
  checkArchitecture,
  dequantise,
  ggufValue,
  readGguf,
  requantise,
  type TensorType,
  tensorTypes,
  writeGguf,
} from "../../kernel-lib/src/models/index.js";
import { InputError, StoppedError } from "../../kernel-lib/src/runtime/index.js";
import { randomValues, temporaryFolder, writeTinyGguf } from "./tiny-gguf.js";

interface Golden {
  decoded: Record<string, { bytes: string; values: string }>;
  encoded: Record<string, { bytes: string; values: string }>;
}

// Made by test/oracles/gguf_oracle.py with the Python package gguf.
const golden = JSON.parse(readFileSync(new URL("../oracles/gguf-blocks.json", import.meta.url), "utf8")) as Golden;
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
const bitsOf = (values: Float32Array): string => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The tiny file with some of its bytes replaced. */
function patched(at: number, bytes: Uint8Array): string {
  const path = writeTinyGguf();
  const file = readFileSync(path);
  file.set(bytes, at);
  writeFileSync(path, file);
  return path;
}

describe("tensor types", () => {
  it.each(tensorTypes)("reads %s bit for bit as the gguf package does", (type: TensorType) => {
    const { bytes, values } = golden.decoded[type]!;
    expect(bitsOf(dequantise({ bytes: bytesOf(bytes), type }))).toBe(hex(bytesOf(values)));
  });

  it.each(Object.keys(golden.encoded) as WritableType[])("writes %s bit for bit as the gguf package does", (type) => {
    const { bytes, values } = golden.encoded[type]!;
    expect(hex(encodeValues({ values: new Float32Array(bytesOf(values).buffer), type }))).toBe(hex(bytesOf(bytes)));
  });

  it("takes every half to float32 and back unchanged", () => {
    const halves = Uint16Array.from({ length: 0x7c01 }, (_, half) => half);
    const values = dequantise({ bytes: new Uint8Array(halves.buffer), type: "F16" });
    expect(hex(encodeValues({ values, type: "F16" }))).toBe(hex(new Uint8Array(halves.buffer)));
  });
});

describe("reading a GGUF file", () => {
  it("gives metadata and tensors as they were written", () => {
    const file = readGguf(writeTinyGguf());
    expect(file.architecture).toBe("llama");
    expect(file.text("general.name")).toBe("Tiny µ");
    expect(file.number("llama.block_count")).toBe(3);
    expect(file.number("llama.attention.layer_norm_rms_epsilon")).toBe(Math.fround(1e-5));
    expect(file.number("llama.rope.freq_base", 10000)).toBe(10000);
    expect(file.metadata.get("tokenizer.ggml.tokens")?.data).toEqual(["<unk>", "β", "", "a b"]);
    expect(file.tensor("matrix.weight")).toMatchObject({ shape: [6, 64], type: "F32", elements: 384, bytes: 1536 });
    expect(file.readTensor("norm.weight")).toEqual(randomValues(5, "norm"));
    expect(file.readTensor("matrix.weight")).toEqual(randomValues(384, "matrix"));
    expect(file.readRows("matrix.weight", 2, 3)).toEqual(randomValues(384, "matrix").slice(128, 320));
    expect(file.readRaw("norm.weight")).toEqual(new Uint8Array(randomValues(5, "norm").buffer));
    file.close();
  });

  it("names a missing key and a missing tensor", () => {
    const file = readGguf(writeTinyGguf());
    expect(() => file.number("llama.rope.freq_base")).toThrow(/metadata "llama.rope.freq_base" is missing/);
    expect(() => file.number("general.name")).toThrow(/metadata "general.name" is a string; allowed: a number/);
    expect(() => file.readTensor("blk.0.attn_q.weight")).toThrow(/no tensor "blk.0.attn_q.weight"/);
    file.close();
  });

  it("refuses a file truncated anywhere", () => {
    const whole = readFileSync(writeTinyGguf());
    const path = join(temporaryFolder(), "cut.gguf");
    for (let size = 0; size < whole.length; size += 7) {
      writeFileSync(path, whole.subarray(0, size));
      expect(() => readGguf(path), `${size} of ${whole.length} bytes`).toThrow(InputError);
    }
  });

  it("says how many bytes a truncated file needs and has", () => {
    const whole = readFileSync(writeTinyGguf());
    const path = join(temporaryFolder(), "cut.gguf");
    writeFileSync(path, whole.subarray(0, whole.length - 100));
    expect(() => readGguf(path)).toThrow(`is truncated: needs ${whole.length} bytes, has ${whole.length - 100}`);
  });

  it.each([
    ["a missing file", () => join(temporaryFolder(), "none.gguf"), /none\.gguf does not exist/],
    ["another magic", () => patched(0, Buffer.from("GGML")), /is not a GGUF file \(it begins with "GGML"\)/],
    ["version 1", () => patched(4, Uint8Array.of(1, 0, 0, 0)), /is GGUF version 1; allowed: versions 2 and 3/],
    ["a big-endian file", () => patched(4, Uint8Array.of(0, 0, 0, 3)), /is a big-endian GGUF file/],
  ])("refuses %s", (_, makePath, message) => {
    expect(() => readGguf(makePath())).toThrow(message);
  });

  it("refuses a tensor type it cannot read by the type's name", () => {
    const path = writeTinyGguf();
    const bytes = readFileSync(path);
    // The type stands behind the name, the rank and the two dimensions.
    bytes.writeUInt32LE(10, bytes.indexOf("matrix.weight") + "matrix.weight".length + 4 + 16);
    writeFileSync(path, bytes);
    expect(() => readGguf(path)).toThrow(/tensor matrix\.weight has the type Q2_K; allowed: F32, F16, BF16, Q4_0/);
  });

  it("refuses an unsupported architecture and an adapter by name", () => {
    expect(() => checkArchitecture(readGguf(writeTinyGguf({ architecture: "mamba" })))).toThrow(
      /has the architecture "mamba"; allowed: llama, qwen2/,
    );
    expect(() => checkArchitecture(readGguf(writeTinyGguf({ type: "adapter" })))).toThrow(/holds a GGUF adapter/);
    expect(() => checkArchitecture(readGguf(writeTinyGguf({ architecture: "gemma3" })))).not.toThrow();
  });
});

describe("writing a GGUF file", () => {
  it("leaves nothing behind when a tensor does not fill its shape", () => {
    const path = join(temporaryFolder(), "bad.gguf");
    const tensors = [{ name: "w", type: "F32" as const, shape: [3], values: new Float32Array(2) }];
    expect(() => writeGguf({ path, metadata: new Map([["a", ggufValue.u32(1)]]), tensors })).toThrow(/tensor w got 2 values/);
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});

describe("requantising", () => {
  const target = (): string => join(temporaryFolder(), "other.gguf");

  it("writes matrices as the nearest halves, vectors as float32, and carries the metadata bit for bit", () => {
    const path = target();
    requantise({ source: writeTinyGguf(), target: path, type: "F16" });
    const [before, after] = [readGguf(writeTinyGguf()), readGguf(path)];
    expect(after.tensor("matrix.weight").type).toBe("F16");
    expect(after.tensor("norm.weight").type).toBe("F32");
    expect(after.readTensor("norm.weight")).toEqual(randomValues(5, "norm"));
    after.readTensor("matrix.weight").forEach((value, index) => {
      const exact = randomValues(384, "matrix")[index]!;
      // Halves have 11 significant bits: the nearest is at most half a unit in the last place away.
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(Math.abs(exact) * 2 ** -11);
    });
    expect([...after.metadata.keys()]).toEqual([...before.metadata.keys()]);
    for (const [key, value] of before.metadata)
      if (key !== "general.file_type") expect(after.metadata.get(key)?.bytes).toEqual(value.bytes);
    expect(after.number("general.file_type")).toBe(1);
  });

  it("is exact where the target type holds the source's values", () => {
    const [half, bfloat, again] = [target(), target(), target()];
    requantise({ source: writeTinyGguf(), target: half, type: "F16" });
    requantise({ source: half, target: again, type: "F16" });
    expect(readFileSync(again)).toEqual(readFileSync(half));
    requantise({ source: writeTinyGguf(), target: bfloat, type: "BF16" });
    requantise({ source: bfloat, target: again, type: "F16" });
    // bfloat16 has 8 significant bits, so a half holds every one that is not tiny.
    expect(readGguf(again).readTensor("matrix.weight")).toEqual(readGguf(bfloat).readTensor("matrix.weight"));
  });

  it("stops on the signal without leaving a file", () => {
    const path = target();
    const signal = AbortSignal.abort();
    expect(() => requantise({ source: writeTinyGguf(), target: path, type: "Q8_0", signal })).toThrow(StoppedError);
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});
