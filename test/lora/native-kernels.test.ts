// The fused kernels against plain loops over numbers, in both product types, at sizes that fill no vector. Inputs have eight
// bits, so bfloat16 holds them exactly and only the kernel's own rounding is measured.
import { beforeAll, describe, expect, it } from "vitest";
import { adamWStep, initialAdamWState } from "../../kernel-lib/src/lora/backends/adamw.js";
import { findFusedLibrary } from "../../kernel-lib/src/lora/backends/fused-library.js";
import { loadNativeKernels } from "../../kernel-lib/src/lora/backends/load-native-kernels.js";
import {
  loadNativeBinding,
  type NativeBinding,
  type RawTensor,
  TF_BFLOAT16,
} from "../../kernel-lib/src/lora/backends/native-binding.js";
import type { NativeKernels } from "../../kernel-lib/src/lora/backends/native-kernels.js";
import { dequantise, type TensorType, tensorTypes, typeTraits } from "../../kernel-lib/src/models/index.js";
import { deriveRandom } from "../../kernel-lib/src/runtime/index.js";

const TF_FLOAT = 1;
const types = [
  { name: "float32", type: TF_FLOAT, tolerance: 2e-6 },
  // Half a unit in the last of 8 bits.
  { name: "bfloat16", type: TF_BFLOAT16, tolerance: 2 ** -8 },
];

const blockFormats = tensorTypes.filter((type): type is Exclude<TensorType, "F32"> => type !== "F32");
/** Random scales may be NaN, whose bits nobody promises. */
const withoutNaN = (values: Float32Array): Float32Array => values.map((value) => (Number.isNaN(value) ? 0.123 : value));

let binding: NativeBinding;
let kernels: NativeKernels;

function numbers(count: number, label: string, range = 2): Float32Array {
  const random = deriveRandom("kernels", label);
  return Float32Array.from({ length: count }, () => ((random.integer(257) - 128) / 128) * range);
}

function cast(id: number, from: number, to: number): number {
  if (from === to) return id;
  return binding.executeOp(
    "Cast",
    [
      { name: "SrcT", type: binding.TF_ATTR_TYPE, value: from },
      { name: "DstT", type: binding.TF_ATTR_TYPE, value: to },
      { name: "Truncate", type: binding.TF_ATTR_BOOL, value: false },
    ],
    [id],
    1,
  )[0]!.id;
}

const upload = (values: Float32Array, shape: number[], type = TF_FLOAT): number =>
  cast(binding.createTensor(shape, TF_FLOAT, values.slice()), TF_FLOAT, type);
const integers = (values: number[]): number => binding.createTensor([values.length], binding.TF_INT32, Int32Array.from(values));
const read = ({ id, dtype }: RawTensor): Float32Array => binding.tensorDataSync(cast(id, dtype, TF_FLOAT)) as Float32Array;

/** Each number within `tolerance` of what is expected, relative to it or to 1, whichever is larger. */
function expectClose(got: RawTensor, expected: ArrayLike<number>, tolerance: number): void {
  const values = read(got);
  expect(values.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < values.length; i++)
    worst = Math.max(
      worst,
      Math.abs(values[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!)) || (Number.isNaN(values[i]) ? 1 : 0),
    );
  expect(worst).toBeLessThan(tolerance);
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const root = Math.sqrt(2 / Math.PI);
const activations = {
  silu: (x: number) => x * sigmoid(x),
  gelu: (x: number) => 0.5 * x * (1 + Math.tanh(root * (x + 0.044715 * x ** 3))),
};
const slope = (f: (x: number) => number, x: number): number => (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;

describe.skipIf(!findFusedLibrary()?.built)("the fused kernels (skipped where they are not compiled)", () => {
  beforeAll(async () => {
    binding = await loadNativeBinding();
    const loaded = loadNativeKernels(binding);
    if ("unavailable" in loaded) expect.fail(loaded.unavailable);
    kernels = loaded;
  });

  describe.each(types)("in $name", ({ type, tolerance }) => {
    const epsilon = 1e-5;

    it.each([7, 16, 50])("normalise rows of %i, again from the inverse, and give the gradient with the residual's", (width) => {
      const rows = 5;
      const x = numbers(rows * width, "x");
      const w = numbers(width, "w");
      const g = numbers(rows * width, "g");
      const residual = numbers(rows * width, "residual");
      const inverse = Array.from(
        { length: rows },
        (_, row) => 1 / Math.sqrt(sum(x.slice(row * width, (row + 1) * width).map((v) => v * v)) / width + epsilon),
      );
      const expected = Array.from(x, (value, i) => value * inverse[Math.floor(i / width)]! * w[i % width]!);
      const gradient = Array.from(x, (value, i) => {
        const row = Math.floor(i / width);
        const at = Array.from({ length: width }, (_, j) => row * width + j);
        const along = sum(at.map((k) => g[k]! * w[k % width]! * x[k]! * inverse[row]!)) / width;
        return inverse[row]! * (g[i]! * w[i % width]! - value * inverse[row]! * along);
      });
      const X = upload(x, [rows, width]);
      const weight = upload(w, [width]);
      const { output, inverseRms } = kernels.rmsNorm({ type, x: X, weight, epsilon });
      expect(output).toMatchObject({ shape: [rows, width], dtype: type });
      expect(inverseRms.shape).toEqual([rows, 1]);
      expectClose(output, expected, tolerance);
      expectClose(inverseRms, inverse, 2e-6);
      const again = kernels.rmsNormApply({ type, x: X, inverseRms: inverseRms.id, weight });
      expect(read(again)).toEqual(read(output));
      const input = { type, x: X, inverseRms: inverseRms.id, weight, gradient: upload(g, [rows, width], type) };
      expectClose(kernels.rmsNormGradient(input), gradient, 1e-5);
      expectClose(
        kernels.rmsNormGradient({ ...input, residual: upload(residual, [rows, width]) }),
        gradient.map((value, i) => value + residual[i]!),
        1e-5,
      );
    });

    it("add a branch to the residual", () => {
      const x = numbers(35, "x");
      const y = numbers(35, "y");
      const got = kernels.residualAdd({ type, x: upload(x, [5, 7]), branch: upload(y, [5, 7], type) });
      expect(got).toMatchObject({ shape: [5, 7], dtype: TF_FLOAT });
      expect(read(got)).toEqual(x.map((value, i) => value + y[i]!));
    });

    it.each(["silu", "gelu"] as const)("apply %s, gated and not, and give its gradient", (activation) => {
      const [rows, width] = [3, 21];
      const f = activations[activation];
      const gate = numbers(rows * width, "gate", 8);
      const up = numbers(rows * width, "up");
      const g = numbers(rows * width, "g");
      const beside = (a: ArrayLike<number>, b: ArrayLike<number>): Float32Array =>
        Float32Array.from({ length: 2 * rows * width }, (_, i) => {
          const [row, column] = [Math.floor(i / (2 * width)), i % (2 * width)];
          return column < width ? a[row * width + column]! : b[row * width + column - width]!;
        });
      const projected = upload(beside(gate, up), [rows, 2 * width], type);
      const gradient = upload(g, [rows, width], type);
      const gated = kernels.gate({ type, projected, activation, gated: true });
      expect(gated.shape).toEqual([rows, width]);
      expectClose(
        gated,
        Array.from(gate, (x, i) => f(x) * up[i]!),
        tolerance,
      );
      const dGate = Array.from(gate, (x, i) => g[i]! * up[i]! * slope(f, x));
      const dUp = Array.from(gate, (x, i) => g[i]! * f(x));
      expectClose(
        kernels.gateGradient({ type, projected, gradient, activation, gated: true }),
        beside(dGate, dUp),
        Math.max(tolerance, 1e-5),
      );
      const alone = upload(gate, [rows, width], type);
      expectClose(kernels.gate({ type, projected: alone, activation, gated: false }), gate.map(f), tolerance);
      const dAlone = Array.from(gate, (x, i) => g[i]! * slope(f, x));
      expectClose(
        kernels.gateGradient({ type, projected: alone, gradient, activation, gated: false }),
        dAlone,
        Math.max(tolerance, 1e-5),
      );
    });

    it.each([false, true])("give the losses and the scaled gradient of rows of logits (overwriting: %s)", (overwrite) => {
      const [rows, width, scale] = [4, 83, 0.25];
      const x = numbers(rows * width, "logits", 16);
      const labels = [0, 82, 17, 40];
      const totals = labels.map((_, row) => sum(x.slice(row * width, (row + 1) * width).map(Math.exp)));
      const expected = Array.from(x, (value, i) => {
        const row = Math.floor(i / width);
        return (Math.exp(value) / totals[row]! - (i % width === labels[row] ? 1 : 0)) * scale;
      });
      const logits = upload(x, [rows, width], type);
      const { losses, gradient } = kernels.crossEntropy({ type, logits, labels: integers(labels), scale, overwrite });
      expectClose(
        losses,
        labels.map((label, row) => Math.log(totals[row]!) - x[row * width + label]!),
        2e-6,
      );
      expect(gradient).toMatchObject({ shape: [rows, width], dtype: type });
      expectClose(gradient, expected, tolerance);
      expectClose({ id: logits, shape: [rows, width], dtype: type }, overwrite ? expected : x, tolerance);
    });

    it("let a NaN in the logits through to its row's loss and gradient", () => {
      const x = numbers(40, "logits");
      x[3] = Number.NaN;
      const { losses, gradient } = kernels.crossEntropy({
        type,
        logits: upload(x, [2, 20], type),
        labels: integers([1, 1]),
        scale: 1,
        overwrite: false,
      });
      expect([...read(losses)].map(Number.isNaN)).toEqual([true, false]);
      expect([...read(gradient)].map(Number.isNaN)).toEqual(Array.from({ length: 40 }, (_, i) => i < 20));
    });

    it.each([false, true])("take the softmax over each row's own stretch, and its gradient (overwriting: %s)", (overwrite) => {
      const [sequences, keyValueHeads, group, tokens] = [2, 3, 2, 19];
      const starts = Array.from({ length: sequences * tokens }, (_, i) => (i < tokens ? 0 : Math.max(0, (i % tokens) - 4)));
      const shape = [sequences * keyValueHeads, group * tokens, tokens];
      const count = shape.reduce((a, b) => a * b);
      const x = numbers(count, "scores", 8);
      const dp = numbers(count, "dp");
      const p = new Float64Array(count);
      const expected = new Float64Array(count);
      for (let row = 0; row < count / tokens; row++) {
        const sequence = Math.floor(row / (keyValueHeads * group * tokens));
        const position = row % tokens;
        const seen = Array.from({ length: position + 1 }, (_, j) => j).filter((j) => j >= starts[sequence * tokens + position]!);
        const total = sum(seen.map((j) => Math.exp(x[row * tokens + j]!)));
        for (const j of seen) p[row * tokens + j] = Math.exp(x[row * tokens + j]!) / total;
      }
      const positions = integers(starts);
      const probabilities = kernels.maskedSoftmax({ type, scores: upload(x, shape, type), starts: positions, overwrite });
      expect(probabilities).toMatchObject({ shape, dtype: type });
      expectClose(probabilities, p, tolerance);
      const rounded = read(probabilities);
      for (let row = 0; row < count / tokens; row++) {
        const at = Array.from({ length: tokens }, (_, j) => row * tokens + j);
        const along = sum(at.map((k) => rounded[k]! * dp[k]!));
        for (const k of at) expected[k] = rounded[k]! * (dp[k]! - along);
      }
      const gradient = upload(dp, shape, type);
      expectClose(
        kernels.softmaxGradient({ type, probabilities: probabilities.id, gradient, starts: positions, overwrite }),
        expected,
        tolerance,
      );
    });

    it.each([
      { size: 8, rotated: true, normed: true, wide: true },
      { size: 38, rotated: true, normed: false, wide: false },
      { size: 64, rotated: false, normed: false, wide: false },
      { size: 6, rotated: false, normed: true, wide: false },
    ])("prepare heads of $size (rotated: $rotated, normed: $normed) and go back", ({ size, rotated, normed, wide }) => {
      const [sequences, tokens, heads, keyValueHeads, scale] = [2, 5, 6, 2, 0.5];
      const group = heads / keyValueHeads;
      const half = size / 2;
      const rows = sequences * tokens;
      const width = (heads + 2 * keyValueHeads) * size;
      const projection = numbers(rows * width, "projection");
      const norms = { query: numbers(size, "query norm"), key: numbers(size, "key norm") };
      const positions = Array.from({ length: rows }, (_, row) => (row % tokens) % 3);
      const angle = (position: number, i: number): number => position / 10 ** (i / half);
      const table = (f: (x: number) => number, firstSign: number): Float32Array =>
        wide
          ? Float32Array.from(
              { length: 3 * size },
              (_, at) => f(angle(Math.floor(at / size), at % half)) * (at % size < half ? firstSign : 1),
            )
          : Float32Array.from({ length: 3 * half }, (_, at) => f(angle(Math.floor(at / half), at % half)));
      const tableShape = [3, wide ? size : half];
      /** One head through norm and rotation. */
      const prepared = (from: number[], norm: Float32Array, row: number, factor: number): number[] => {
        const inverse = 1 / Math.sqrt(sum(from.map((v) => v * v)) / size + epsilon);
        const y = normed ? from.map((v, j) => v * inverse * norm[j]!) : from;
        const c = (i: number): number => (rotated ? Math.cos(angle(positions[row]!, i)) : 1) * factor;
        const s = (i: number): number => (rotated ? Math.sin(angle(positions[row]!, i)) : 0) * factor;
        return y.map((v, j) => (j < half ? v * c(j) - y[j + half]! * s(j) : v * c(j - half) + y[j - half]! * s(j - half)));
      };
      /** q, k and v of the whole projection, in the order of the kernel's outputs. */
      const reference = (x: ArrayLike<number>): Record<"query" | "key" | "value", Float64Array> => {
        const query = new Float64Array(rows * heads * size);
        const key = new Float64Array(rows * keyValueHeads * size);
        const value = new Float64Array(key.length);
        for (let row = 0; row < rows; row++) {
          const [sequence, token] = [Math.floor(row / tokens), row % tokens];
          const head = (at: number): number[] => Array.from({ length: size }, (_, j) => x[row * width + at * size + j]!);
          for (let h = 0; h < heads; h++) {
            const to = ((sequence * keyValueHeads + Math.floor(h / group)) * group + (h % group)) * tokens + token;
            query.set(prepared(head(h), norms.query, row, scale), to * size);
          }
          for (let h = 0; h < keyValueHeads; h++) {
            const to = (sequence * keyValueHeads + h) * tokens + token;
            key.set(prepared(head(heads + h), norms.key, row, 1), to * size);
            value.set(head(heads + keyValueHeads + h), to * size);
          }
        }
        return { query, key, value };
      };
      const preparation = {
        ...{ type, tokens, heads, keyValueHeads, epsilon, scale },
        ...(rotated && {
          rotation: {
            cos: upload(table(Math.cos, 1), tableShape),
            sin: upload(table(Math.sin, -1), tableShape),
            positions: integers(positions),
          },
        }),
        ...(normed && { queryNorm: upload(norms.query, [size]), keyNorm: upload(norms.key, [size]) }),
      };
      const projected = upload(projection, [rows, width], type);
      const got = kernels.heads({ ...preparation, projected });
      const expected = reference(projection);
      expect(got.query.shape).toEqual([sequences * keyValueHeads, group * tokens, size]);
      expect(got.key.shape).toEqual([sequences * keyValueHeads, tokens, size]);
      for (const part of ["query", "key", "value"] as const) expectClose(got[part], expected[part], 2 * tolerance);
      // The gradient of Σ g∘output along random directions, by central differences.
      const directions = {
        query: numbers(expected.query.length, "dq"),
        key: numbers(expected.key.length, "dk"),
        value: numbers(expected.value.length, "dv"),
      };
      const along = (x: ArrayLike<number>): number => {
        const at = reference(x);
        return sum((["query", "key", "value"] as const).map((part) => sum(at[part].map((v, i) => v * directions[part][i]!))));
      };
      const gradient = read(
        kernels.headsGradient({
          ...preparation,
          ...(normed && { projected }),
          query: upload(directions.query, got.query.shape, type),
          key: upload(directions.key, got.key.shape, type),
          value: upload(directions.value, got.value.shape, type),
        }),
      );
      expect(gradient.length).toBe(rows * width);
      for (let at = 3; at < gradient.length; at += 41) {
        const moved = (by: number): Float64Array => Float64Array.from(projection, (v, i) => (i === at ? v + by : v));
        const difference = (along(moved(1e-4)) - along(moved(-1e-4))) / 2e-4;
        expect(Math.abs(gradient[at]! - difference)).toBeLessThan(
          Math.max(3 * tolerance, 1e-5) * Math.max(1, Math.abs(difference)),
        );
      }
    });

    it("merge heads and split them again", () => {
      const layout = { type, tokens: 5, heads: 6, keyValueHeads: 2 };
      const [rows, size] = [10, 3];
      const x = numbers(rows * 6 * size, "heads");
      const split = kernels.splitHeads({ ...layout, x: upload(x, [rows, 6 * size], type) });
      expect(split.shape).toEqual([4, 15, size]);
      // Sequence 1, token 2, query head 4 = key head 1, head 1 of its group.
      expect([...read(split)].slice(((2 + 1) * 15 + 5 + 2) * size, ((2 + 1) * 15 + 5 + 2) * size + size)).toEqual([
        ...x.slice(7 * 18 + 4 * size, 7 * 18 + 5 * size),
      ]);
      const merged = kernels.mergeHeads({ ...layout, x: split.id });
      expect(merged.shape).toEqual([rows, 18]);
      expect(read(merged)).toEqual(x);
    });
  });

  describe.each(types)("thin products in $name", ({ type, tolerance }) => {
    it.each([
      { rows: 11, inner: 3, width: 37 },
      { rows: 70, inner: 24, width: 160 },
      { rows: 9, inner: 9, width: 8 },
    ])("add u·f to y at $rows × $inner × $width, zero blocks included", ({ rows, inner, width }) => {
      const y = numbers(rows * width, "y");
      const u = numbers(rows * inner, "u");
      // Two blocks on the diagonal.
      const f = numbers(inner * width, "f").map((value, i) =>
        Math.floor(i / width) < inner / 2 === i % width < width / 2 ? value : 0,
      );
      const product = Float64Array.from(y, (value, i) => {
        const [row, column] = [Math.floor(i / width), i % width];
        return value + sum(Array.from({ length: inner }, (_, k) => u[row * inner + k]! * f[k * width + column]!));
      });
      const a = upload(u, [rows, inner], type);
      const b = upload(y, [rows, width], type);
      const F = upload(f, [inner, width], type);
      const apart = kernels.lowRankAdd({ type, y: b, u: a, f: F, overwrite: false });
      expect(apart).toMatchObject({ shape: [rows, width], dtype: type });
      expectClose(apart, product, tolerance);
      const over = kernels.lowRankAdd({ type, y: b, u: a, f: F, overwrite: true });
      expect(read(over)).toEqual(read(apart));
      expect(read({ ...over, id: b })).toEqual(read(apart));
    });
  });

  describe.each(types)("products on tile registers in $name", ({ type, tolerance }) => {
    // Numbers of 16 bits: what three products of two bfloat16 parts keep of float32 factors.
    const factors = (count: number, label: string): Float32Array => {
      const random = deriveRandom("products", label);
      const places = type === TF_BFLOAT16 ? 128 : 16384;
      return Float32Array.from({ length: count }, () => (random.integer(2 * places + 1) - places) / places);
    };
    const transposed = (x: Float32Array, rows: number, columns: number): Float32Array =>
      Float32Array.from({ length: x.length }, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!);
    const plain = (a: Float32Array, b: Float32Array, [rows, depth, columns]: number[]): Float64Array =>
      Float64Array.from({ length: rows! * columns! }, (_, i) => {
        const [row, column] = [Math.floor(i / columns!), i % columns!];
        let total = 0;
        for (let k = 0; k < depth!; k++) total += a[row * depth! + k]! * b[k * columns! + column]!;
        return total;
      });
    const product = (input: Omit<Parameters<NonNullable<NativeKernels["product"]>>[0], "type">): RawTensor =>
      kernels.product!({ type, ...input });

    it.for([
      [5, 7, 3],
      [33, 45, 70],
      [64, 96, 32],
      [100, 4500, 40],
    ])("multiply %i × %i × %i, either factor transposed", ([rows, depth, columns], { skip }) => {
      skip(!kernels.product, "this processor has no tile registers");
      const a = factors(rows! * depth!, "a");
      const b = factors(depth! * columns!, "b");
      const expected = plain(a, b, [rows!, depth!, columns!]);
      const as = [upload(a, [rows!, depth!], type), upload(transposed(a, rows!, depth!), [depth!, rows!], type)];
      const bs = [upload(b, [depth!, columns!], type), upload(transposed(b, depth!, columns!), [columns!, depth!], type)];
      for (const transposeA of [false, true])
        for (const transposeB of [false, true]) {
          const got = product({ a: as[Number(transposeA)]!, b: bs[Number(transposeB)]!, transposeA, transposeB });
          expect(got).toMatchObject({ shape: [rows, columns], dtype: type });
          expectClose(got, expected, Math.max(tolerance, 3e-4));
        }
      const sums = product({ a: as[1]!, b: bs[0]!, transposeA: true, transposeB: false, toFloat: true });
      expect(sums.dtype).toBe(TF_FLOAT);
      expectClose(sums, expected, 3e-4);
    });

    it("multiply batches, and let a thin product join the sums before they are rounded", ({ skip }) => {
      skip(!kernels.product, "this processor has no tile registers");
      const [batches, rows, depth, columns] = [3, 20, 40, 33];
      const a = factors(batches * rows * depth, "a");
      const b = factors(batches * depth * columns, "b");
      const got = product({
        a: upload(a, [batches, rows, depth], type),
        b: upload(b, [batches, depth, columns], type),
        transposeA: false,
        transposeB: false,
      });
      const each = Array.from({ length: batches }, (_, i) =>
        plain(a.subarray(i * rows * depth, (i + 1) * rows * depth), b.subarray(i * depth * columns, (i + 1) * depth * columns), [
          rows,
          depth,
          columns,
        ]),
      );
      expectClose(
        got,
        each.flatMap((part) => [...part]),
        Math.max(tolerance, 3e-4),
      );
      const [u, f] = [factors(rows * 35, "u"), factors(35 * columns, "f")];
      const thin = { u: upload(u, [rows, 35], type), f: upload(f, [35, columns], type) };
      const joined = product({
        a: upload(a.slice(0, rows * depth), [rows, depth], type),
        b: upload(b.slice(0, depth * columns), [depth, columns], type),
        ...{ transposeA: false, transposeB: false, thin },
      });
      const added = plain(u, f, [rows, 35, columns]);
      expectClose(
        joined,
        each[0]!.map((value, i) => value + added[i]!),
        Math.max(tolerance, 3e-4),
      );
    });
  });

  describe.each(blockFormats)("stored as %s", (format) => {
    const { block, bytes: blockBytes } = typeTraits(format);
    const [rows, columns] = [3, 2 * Math.max(block, 32)];
    const random = deriveRandom("stored", format);
    const bytes = Uint8Array.from({ length: ((rows * columns) / block) * blockBytes }, () => random.integer(256));

    it("are dequantised to the bit as by the models room, then rounded to bfloat16", () => {
      const expected = dequantise({ bytes, type: format });
      const id = kernels.uploadBytes(bytes);
      const got = kernels.dequantise({ type: TF_FLOAT, bytes: id, format, rows, columns });
      expect(got).toMatchObject({ shape: [rows, columns], dtype: TF_FLOAT });
      expect(new Uint32Array(withoutNaN(read(got)).buffer)).toEqual(new Uint32Array(withoutNaN(expected).buffer));
      const rounded = kernels.dequantise({ type: TF_BFLOAT16, bytes: id, format, rows, columns });
      expect(withoutNaN(read(rounded))).toEqual(
        withoutNaN(read({ ...got, id: cast(got.id, TF_FLOAT, TF_BFLOAT16), dtype: TF_BFLOAT16 })),
      );
    });
  });

  it.each(types)("dequantise NF4 with double quantisation in $name", ({ type }) => {
    const [rows, columns, blockSize, nestedBlockSize] = [3, 100, 64, 4];
    const random = deriveRandom("nf4");
    const count = rows * columns;
    const blocks = Math.ceil(count / blockSize);
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(256));
    const reals = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
    const codes = bytes(count / 2);
    const absmax = bytes(blocks);
    const [nestedAbsmax, table, nestedTable, offset] = [reals(Math.ceil(blocks / nestedBlockSize)), reals(16), reals(256), 0.75];
    const expected = Float32Array.from({ length: count }, (_, i) => {
      const at = Math.floor(i / blockSize);
      const product = Math.fround(nestedTable[absmax[at]!]! * nestedAbsmax[Math.floor(at / nestedBlockSize)]!);
      const pair = codes[i >> 1]!;
      return table[i % 2 === 0 ? pair >> 4 : pair & 15]! * Math.fround(product + offset);
    });
    const got = kernels.dequantiseNf4({
      ...{ type, rows, columns, blockSize, nestedBlockSize },
      ...{ codes: kernels.uploadBytes(codes), absmax: kernels.uploadBytes(absmax) },
      ...{ nestedAbsmax: upload(nestedAbsmax, [nestedAbsmax.length]), table: upload(table, [16]) },
      ...{ nestedTable: upload(nestedTable, [256]), offset: upload(Float32Array.of(offset), []) },
    });
    expect(got).toMatchObject({ shape: [rows, columns], dtype: type });
    const product = upload(expected, [count], type);
    expect(read(got)).toEqual(read({ id: product, shape: [count], dtype: type }));
  });

  describe("on JavaScript's arrays", () => {
    const count = 100_003;
    const reals = (label: string): Float32Array => {
      const random = deriveRandom("optimiser", label);
      return Float32Array.from({ length: count }, () => random.normal());
    };

    it("AdamW gives the bits of the JavaScript version, three steps on", () => {
      const gradient = reals("gradient");
      const [ours, theirs] = [reals("parameters"), reals("parameters")];
      const state = initialAdamWState(count);
      const [firstMoment, secondMoment] = [new Float32Array(count), new Float32Array(count)];
      for (const step of [1, 2, 3]) {
        adamWStep({ parameters: theirs, gradient, ...state, learningRate: 1e-3, weightDecay: 0.1, step });
        const hyper = { learningRate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1, step } as const;
        kernels.adamw({ parameters: ours, gradient, firstMoment, secondMoment, ...hyper });
      }
      expect(Buffer.from(ours.buffer).equals(Buffer.from(theirs.buffer))).toBe(true);
      expect(Buffer.from(secondMoment.buffer).equals(Buffer.from(state.secondMoment.buffer))).toBe(true);
    });

    it("AdamW takes a clipped gradient as if it had been scaled before", () => {
      const gradient = reals("gradient");
      const update = (factor: number, given: Float32Array): Float32Array => {
        const parameters = reals("parameters");
        const state = { firstMoment: new Float32Array(count), secondMoment: new Float32Array(count) };
        const hyper = { learningRate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0, step: 1 } as const;
        kernels.adamw({ parameters, gradient: given, ...state, ...hyper, gradientFactor: factor });
        return parameters;
      };
      expect(update(0.3, gradient)).toEqual(
        update(
          1,
          gradient.map((g) => g * 0.3),
        ),
      );
    });

    it("the squared norm is the sum of squares, and the same every time", () => {
      const values = reals("gradient");
      const expected = sum(Float64Array.from(values, (v) => v * v));
      const got = kernels.squaredNorm(values);
      expect(Math.abs(got / expected - 1)).toBeLessThan(1e-12);
      for (let again = 0; again < 20; again++) expect(kernels.squaredNorm(values)).toBe(got);
      expect(kernels.squaredNorm(new Float32Array(0))).toBe(0);
    });
  });

  it("refuse shapes that do not fit, and go on", () => {
    const x = upload(numbers(20, "x"), [2, 10]);
    expect(() => kernels.rmsNorm({ type: TF_FLOAT, x, weight: x, epsilon: 1e-5 })).toThrow(
      "RmsNorm: the weight is not as wide as x",
    );
    expect(() =>
      kernels.crossEntropy({ type: TF_FLOAT, logits: x, labels: integers([0, 10]), scale: 1, overwrite: false }),
    ).toThrow("a label is outside the vocabulary");
    expect(kernels.residualAdd({ type: TF_FLOAT, x, branch: x }).shape).toEqual([2, 10]);
  });
});
