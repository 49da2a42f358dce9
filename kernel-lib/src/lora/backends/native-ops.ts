// The op layer over raw TensorFlow ops: no tfjs dispatch, and products in bfloat16 where the processor has instructions for it.

import { composedKernels } from "./composed-kernels.js";
import { fusedKernels } from "./fused-kernels.js";
import { fusedUnpacking } from "./fused-unpacking.js";
import type { Kernels } from "./kernels.js";
import { type NativeBinding, type RawAttribute, type RawTensor, TF_BFLOAT16 } from "./native-binding.js";
import type { NativeKernels } from "./native-kernels.js";
import type { Handle, Ops, Precision, Primitives } from "./ops.js";

class NativeHandle implements Handle {
  freed = false;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "bfloat16";
  constructor(
    readonly id: number,
    shape: readonly number[],
    readonly code: number,
    float: number,
  ) {
    this.shape = shape;
    this.dtype = code === TF_BFLOAT16 ? "bfloat16" : code === float ? "float32" : "int32";
  }
}

function containedHandles(value: unknown, found: NativeHandle[] = []): NativeHandle[] {
  if (value instanceof NativeHandle) found.push(value);
  else if (value && typeof value === "object" && !ArrayBuffer.isView(value))
    for (const part of Object.values(value)) containedHandles(part, found);
  return found;
}

/** Makes the op layer of a native binding; `precision` is what `toProduct` casts to, `fused` replaces composed kernels. */
export function nativeOps(binding: NativeBinding, precision: Precision, fused?: NativeKernels): Ops {
  const scopes: NativeHandle[][] = [];
  const own = ({ id, shape, dtype }: RawTensor): NativeHandle => {
    const handle = new NativeHandle(id, shape, dtype, binding.TF_FLOAT);
    scopes.at(-1)?.push(handle);
    return handle;
  };
  const free = (handle: NativeHandle): void => {
    if (handle.freed) return;
    handle.freed = true;
    binding.deleteTensor(handle.id);
  };
  const raw = (x: Handle): NativeHandle => x as NativeHandle;
  const type = (name: string, value: number): RawAttribute => ({ name, type: binding.TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean): RawAttribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const index = type("Tidx", binding.TF_INT32);
  const run = (name: string, attributes: RawAttribute[], inputs: readonly Handle[]): NativeHandle =>
    own(
      binding.executeOp(
        name,
        attributes,
        inputs.map((x) => raw(x).id),
        1,
      )[0]!,
    );
  const integers = (values: ArrayLike<number>, shape: number[] = [values.length]): NativeHandle =>
    own({ id: binding.createTensor(shape, binding.TF_INT32, new Int32Array(values)), shape, dtype: binding.TF_INT32 });
  const upload = (values: Float32Array, shape: readonly number[]): NativeHandle =>
    own({ id: binding.createTensor([...shape], binding.TF_FLOAT, values), shape: [...shape], dtype: binding.TF_FLOAT });
  const elementwise =
    (name: string) =>
    (...inputs: Handle[]): NativeHandle =>
      run(name, [type("T", raw(inputs[0]!).code)], inputs);
  const cast = (x: Handle, code: number): NativeHandle =>
    raw(x).code === code ? raw(x) : run("Cast", [type("SrcT", raw(x).code), type("DstT", code), flag("Truncate", false)], [x]);
  const constant = (value: number, like: Handle): NativeHandle => cast(upload(Float32Array.of(value), []), raw(like).code);
  const reduceLast =
    (name: string) =>
    (x: Handle): NativeHandle =>
      run(name, [type("T", raw(x).code), index, flag("keep_dims", true)], [x, integers([-1])]);
  const multiply = elementwise("Mul");
  const add = elementwise("AddV2");
  const productCode = precision === "bfloat16" ? TF_BFLOAT16 : binding.TF_FLOAT;
  const tiles = precision === "float32" ? undefined : fused?.product;

  const primitives: Primitives = {
    precision,
    fromFloats: upload,
    fromIntegers: (values, shape) => integers(values, [...shape]),
    read: async (x) => primitives.scope(() => binding.tensorDataSync(raw(primitives.toFloat(x)).id) as Float32Array),
    scope<T>(body: () => T): T {
      const made: NativeHandle[] = [];
      scopes.push(made);
      let kept = new Set<NativeHandle>();
      try {
        const result = body();
        kept = new Set(containedHandles(result));
        return result;
      } finally {
        scopes.pop();
        for (const handle of made) {
          if (kept.has(handle)) scopes.at(-1)?.push(handle);
          else free(handle);
        }
      }
    },
    dispose: (value) => containedHandles(value).forEach(free),
    liveTensors: () => binding.getNumOfTensors(),
    toProduct: (x) => cast(x, productCode),
    toFloat: (x) => cast(x, binding.TF_FLOAT),
    matMul(a, b, { transposeA = false, transposeB = false } = {}) {
      if (tiles) return own(tiles({ type: productCode, a: raw(a).id, b: raw(b).id, transposeA, transposeB }));
      const operands = [type("T", raw(a).code)];
      if (a.shape.length === 2)
        return run("MatMul", [...operands, flag("transpose_a", transposeA), flag("transpose_b", transposeB)], [a, b]);
      return run("BatchMatMulV2", [...operands, flag("adj_x", transposeA), flag("adj_y", transposeB)], [a, b]);
    },
    add,
    addAll: (parts) =>
      parts.length === 1
        ? raw(parts[0]!)
        : run("AddN", [type("T", raw(parts[0]!).code), { name: "N", type: binding.TF_ATTR_INT, value: parts.length }], parts),
    subtract: elementwise("Sub"),
    multiply,
    scale: (x, factor) => multiply(x, constant(factor, x)),
    shift: (x, value) => add(x, constant(value, x)),
    square: elementwise("Square"),
    rsqrt: elementwise("Rsqrt"),
    sigmoid: elementwise("Sigmoid"),
    softmax: elementwise("Softmax"),
    meanLast: reduceLast("Mean"),
    sumLast: reduceLast("Sum"),
    reshape: (x, shape) => run("Reshape", [type("T", raw(x).code), type("Tshape", binding.TF_INT32)], [x, integers(shape)]),
    transpose: (x, permutation) =>
      run("Transpose", [type("T", raw(x).code), type("Tperm", binding.TF_INT32)], [x, integers(permutation)]),
    slice: (x, begin, size) =>
      run("Slice", [type("T", raw(x).code), type("Index", binding.TF_INT32)], [x, integers(begin), integers(size)]),
    concat: (parts, axis) =>
      run(
        "ConcatV2",
        [{ name: "N", type: binding.TF_ATTR_INT, value: parts.length }, type("T", raw(parts[0]!).code), index],
        [...parts, integers([axis], [])],
      ),
    swapHalves: (x) =>
      run(
        "Roll",
        [type("T", raw(x).code), type("Tshift", binding.TF_INT32), type("Taxis", binding.TF_INT32)],
        [x, integers([x.shape.at(-1)! / 2], []), integers([x.shape.length - 1], [])],
      ),
    gatherRows: (table, indices) =>
      run(
        "GatherV2",
        [
          { name: "batch_dims", type: binding.TF_ATTR_INT, value: 0 },
          type("Tparams", raw(table).code),
          type("Tindices", binding.TF_INT32),
          type("Taxis", binding.TF_INT32),
        ],
        [table, indices, integers([0], [])],
      ),
    oneHot: (labels, classes) =>
      run(
        "OneHot",
        [type("T", binding.TF_FLOAT), type("TI", binding.TF_INT32), { name: "axis", type: binding.TF_ATTR_INT, value: -1 }],
        [labels, integers([classes], []), upload(Float32Array.of(1), []), upload(Float32Array.of(0), [])],
      ),
    log: elementwise("Log"),
    exp: elementwise("Exp"),
    maxLast: reduceLast("Max"),
  };
  const sparseCrossEntropy: Kernels["crossEntropy"] = (logits, labels, factor) =>
    primitives.scope(() => {
      const full = raw(primitives.toFloat(logits)); // [m, vocabulary]
      const [losses, gradient] = binding.executeOp(
        "SparseSoftmaxCrossEntropyWithLogits",
        [type("T", full.code), type("Tlabels", binding.TF_INT32)],
        [full.id, raw(labels).id],
        2,
      );
      return { losses: own(losses!), gradient: primitives.toProduct(primitives.scale(own(gradient!), factor)) };
    });
  const fusing = fused && { ops: primitives, native: fused, type: productCode, idOf: (x: Handle) => raw(x).id, own, tiles };
  const replaced = fusing ? { ...fusedKernels(fusing), ...fusedUnpacking(fusing) } : { crossEntropy: sparseCrossEntropy };
  return { ...primitives, ...composedKernels(primitives), ...replaced };
}
