import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isSafetensors, readSafetensors, writeSafetensors } from "../../kernel-lib/src/models/index.js";
import { InputError } from "../../kernel-lib/src/runtime/index.js";
import { randomValues, temporaryFolder } from "./tiny-gguf.js";

// Written by transformers and PEFT: test/oracles/transformers_tiny.py.
const oracle = (name: string): string => new URL(`../oracles/tiny/${name}`, import.meta.url).pathname;

/** A file with a header of our own making before `data` zero bytes. */
function fileWith(header: unknown, data = 0): string {
  const path = join(temporaryFolder(), "odd.safetensors");
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + text.length + data);
  bytes.writeBigUInt64LE(BigInt(text.length));
  text.copy(bytes, 8);
  writeFileSync(path, bytes);
  return path;
}

describe("a safetensors file", () => {
  it("reads back what it wrote, in three types", () => {
    const path = join(temporaryFolder(), "model.safetensors");
    const values = randomValues(24, "matrix");
    writeSafetensors({
      path,
      metadata: { format: "pt" },
      tensors: [
        { name: "full", type: "F32", shape: [4, 6], values },
        { name: "half", type: "F16", shape: [3], values: Float32Array.of(1, -0.5, 65504) },
        { name: "brain", type: "BF16", shape: [2], values: [Float32Array.of(1), Float32Array.of(-3.140625)] },
      ],
    });
    const file = readSafetensors(path);
    expect(file.metadata).toEqual({ format: "pt" });
    expect([...file.tensors.keys()]).toEqual(["full", "half", "brain"]);
    expect(file.tensor("full")).toMatchObject({ type: "F32", shape: [4, 6], elements: 24, bytes: 96 });
    expect(file.readTensor("full")).toEqual(values);
    expect(file.readTensor("half")).toEqual(Float32Array.of(1, -0.5, 65504));
    expect(file.readTensor("brain")).toEqual(Float32Array.of(1, -3.140625));
    expect(file.readRaw("full")).toEqual(new Uint8Array(values.buffer));
    expect((readFileSync(path).readUInt32LE(0) + 8) % 8).toBe(0); // the data is aligned
    expect(() => file.readTensor("none")).toThrow('has no tensor "none"');
    file.close();
  });

  it.each([
    ["F64", Buffer.from(Float64Array.of(0.5, -3).buffer), [0.5, -3]],
    ["I8", Buffer.from([255, 7]), [-1, 7]],
    ["U8", Buffer.from([255, 7]), [255, 7]],
  ])("reads %s as float32", (dtype, bytes, values) => {
    const path = fileWith({ x: { dtype, shape: [2], data_offsets: [0, bytes.length] } }, bytes.length);
    const whole = readFileSync(path);
    bytes.copy(whole, whole.length - bytes.length);
    writeFileSync(path, whole);
    const file = readSafetensors(path);
    expect([...file.readTensor("x")]).toEqual(values);
    file.close();
  });

  it("refuses a file truncated anywhere", () => {
    const whole = readFileSync(oracle("gpt2/adapter/adapter_model.safetensors"));
    const path = join(temporaryFolder(), "cut.safetensors");
    for (let size = 0; size < whole.length; size += 97) {
      writeFileSync(path, whole.subarray(0, size));
      expect(() => readSafetensors(path), `${size} of ${whole.length} bytes`).toThrow(/is truncated: needs \d+ bytes, has/);
    }
  });

  it.each([
    ["a missing file", () => join(temporaryFolder(), "none.safetensors"), /none\.safetensors does not exist/],
    ["another format", () => oracle("gpt2/golden.json"), /is not an index of shards/],
    ["a header of text", () => fileWith("not JSON"), /has no JSON header/],
    ["a malformed entry", () => fileWith({ x: { dtype: "F32" } }), /has a malformed entry "x"/],
    [
      "a type it does not know",
      () => fileWith({ x: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }, 1),
      /"x" has the type F8_E4M3; allowed: F64, F32/,
    ],
    [
      "a shape that its bytes do not fill",
      () => fileWith({ x: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, 4),
      /gives "x" 4 bytes for \[2\] of F32/,
    ],
  ])("refuses %s", (_, makePath, message) => {
    expect(() => readSafetensors(makePath())).toThrow(InputError);
    expect(() => readSafetensors(makePath())).toThrow(message);
  });

  it("refuses a header longer than any model's, and numbers it does not turn into floats", () => {
    const path = fileWith({});
    const bytes = readFileSync(path);
    bytes.writeBigUInt64LE(1n << 40n);
    writeFileSync(path, bytes);
    expect(() => readSafetensors(path)).toThrow("says that its header is 1099511627776 bytes long");
    const integers = readSafetensors(fileWith({ x: { dtype: "I64", shape: [1], data_offsets: [0, 8] } }, 8));
    expect(() => integers.readTensor("x")).toThrow('"x" has the type I64; allowed: F64, F32, F16, BF16, I8, U8');
    integers.close();
  });
});

describe("a model folder", () => {
  it("reads one file and several shards alike", () => {
    for (const name of ["llama", "qwen2"]) {
      const file = readSafetensors(oracle(name));
      expect(file.tensor("model.embed_tokens.weight").shape).toEqual([32, 16]);
      expect(file.readTensor("model.layers.1.mlp.down_proj.weight")).toHaveLength(16 * 24);
      file.close();
      expect(isSafetensors(oracle(name))).toBe(true);
    }
    expect(isSafetensors(temporaryFolder())).toBe(false);
  });

  it("names a missing shard, a tensor that its shard lacks, and a folder without weights", () => {
    const folder = join(temporaryFolder(), "qwen2");
    cpSync(oracle("qwen2"), folder, { recursive: true });
    const second = join(folder, "model-00002-of-00002.safetensors");
    rmSync(second);
    expect(() => readSafetensors(folder)).toThrow(/lists 2 shards, and 1 is missing: .*model-00002-of-00002\.safetensors/);
    cpSync(join(folder, "model-00001-of-00002.safetensors"), second);
    expect(() => readSafetensors(folder)).toThrow(/model-00002-of-00002\.safetensors does not hold "/);
    const empty = join(folder, "empty");
    mkdirSync(empty);
    expect(() => readSafetensors(empty)).toThrow("holds neither model.safetensors nor model.safetensors.index.json");
  });
});
