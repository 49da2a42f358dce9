// The kernels in fused form: each one pass over memory in C++ (kernel-lib/native), with TensorFlow's matrix products between them.
import { adamW } from "./adamw.js";
import type { AttentionInput, Kernels } from "./kernels.js";
import type { RawTensor } from "./native-binding.js";
import type { HeadPreparation, NativeKernels, TensorId } from "./native-kernels.js";
import type { Handle, Primitives } from "./ops.js";

export interface FusedOptions {
  ops: Primitives;
  native: NativeKernels;
  /** Products on tile registers, where they are used. */
  tiles?: NativeKernels["product"] | undefined;
  /** TensorFlow's number of the product type. */
  type: number;
  idOf: (x: Handle) => TensorId;
  /** Puts a new tensor into the current scope. */
  own: (tensor: RawTensor) => Handle;
}

export type FusedKernels = Omit<Kernels, "dequantise" | "lowRankGradient"> & Partial<Pick<Kernels, "lowRankGradient">>;

/** What the thin products are made for; wider ones are TensorFlow's. */
const widestInner = 256;

export function fusedKernels({ ops, native, type, idOf, own, tiles }: FusedOptions): FusedKernels {
  const preparation = ({ layout, queryNorm, keyNorm }: AttentionInput): HeadPreparation => {
    const { tokens, heads, keyValueHeads, scale, normEpsilon, rotation } = layout;
    return {
      ...{ type, tokens, heads, keyValueHeads, scale, epsilon: normEpsilon },
      rotation: rotation && { cos: idOf(rotation.cos), sin: idOf(rotation.sin), positions: idOf(rotation.positions) },
      queryNorm: queryNorm && idOf(queryNorm),
      keyNorm: keyNorm && idOf(keyNorm),
    };
  };
  /** Queries [s·kv, group·tokens, headSize], keys and values [s·kv, tokens, headSize]. */
  const headsOf = (input: AttentionInput) => {
    const { query, key, value } = native.heads({ ...preparation(input), projected: idOf(input.projected) });
    return { query: own(query), key: own(key), value: own(value) };
  };
  return {
    rmsNorm({ x, weight, epsilon }) {
      const { output, inverseRms } = native.rmsNorm({ type, x: idOf(x), weight: idOf(weight), epsilon });
      return { output: own(output), inverseRms: own(inverseRms) };
    },
    rmsNormAgain: ({ x, inverseRms, weight }) =>
      own(native.rmsNormApply({ type, x: idOf(x), inverseRms: idOf(inverseRms), weight: idOf(weight) })),
    rmsNormGradient: ({ x, inverseRms, weight, gradient, residual }) =>
      ops.scope(() =>
        own(
          native.rmsNormGradient({
            ...{ type, x: idOf(x), inverseRms: idOf(inverseRms), weight: idOf(weight) },
            gradient: idOf(ops.toProduct(gradient)),
            residual: residual && idOf(residual),
          }),
        ),
      ),
    residualAdd: (x, y) => own(native.residualAdd({ type, x: idOf(x), branch: idOf(y) })),
    adaptedMatMul({ a, b, transposeB = false, u, f }) {
      const thin = { u: idOf(u), f: idOf(f) };
      if (tiles) return own(tiles({ type, a: idOf(a), b: idOf(b), transposeA: false, transposeB, thin }));
      return ops.scope(() => {
        const product = ops.matMul(a, b, { transposeB }); // [n, m]
        if (u.shape[1]! > widestInner) return ops.add(product, ops.matMul(u, f));
        return own(native.lowRankAdd({ type, y: idOf(product), ...thin, overwrite: true }));
      });
    },
    ...(tiles && {
      lowRankGradient: (a: Handle, b: Handle) =>
        own(tiles({ type, a: idOf(a), b: idOf(b), transposeA: true, transposeB: false, toFloat: true })),
    }),
    gate: (projected, activation, gated) => own(native.gate({ type, projected: idOf(projected), activation, gated })),
    gateGradient: (projected, gradient, activation, gated) =>
      own(native.gateGradient({ type, projected: idOf(projected), gradient: idOf(gradient), activation, gated })),
    adamWStep: (update) => native.adamw({ ...update, betas: [adamW.beta1, adamW.beta2], epsilon: adamW.epsilon }),
    vectorNorm: (values) => Math.sqrt(native.squaredNorm(values)),
    attentionWantsMask: false,
    attention: (input) =>
      ops.scope(() => {
        const { query, key, value } = headsOf(input);
        const scores = ops.matMul(query, key, { transposeB: true }); // [s·kv, group·tokens, tokens]
        const starts = idOf(input.layout.starts);
        const probabilities = own(native.maskedSoftmax({ type, scores: idOf(scores), starts, overwrite: true }));
        const mixed = ops.matMul(probabilities, value); // [s·kv, group·tokens, headSize]
        return { mixed: own(native.mergeHeads({ ...preparation(input), x: idOf(mixed) })), saved: { probabilities } };
      }),
    attentionGradient: (input) =>
      ops.scope(() => {
        const { layout, gradient, saved, projected } = input;
        const { probabilities } = saved;
        const { query, key, value } = headsOf(input);
        const dMixed = own(native.splitHeads({ ...preparation(input), x: idOf(gradient) })); // [s·kv, group·tokens, headSize]
        const dProbabilities = ops.matMul(dMixed, value, { transposeB: true }); // [s·kv, group·tokens, tokens]
        const dScores = own(
          native.softmaxGradient({
            ...{ type, probabilities: idOf(probabilities), gradient: idOf(dProbabilities), starts: idOf(layout.starts) },
            overwrite: true,
          }),
        );
        return own(
          native.headsGradient({
            ...preparation(input),
            query: idOf(ops.matMul(dScores, key)), // [s·kv, group·tokens, headSize]
            key: idOf(ops.matMul(dScores, query, { transposeA: true })), // [s·kv, tokens, headSize]
            value: idOf(ops.matMul(probabilities, dMixed, { transposeA: true })), // [s·kv, tokens, headSize]
            projected: idOf(projected),
          }),
        ); // [n, (heads + 2·keyValueHeads)·headSize]
      }),
    crossEntropy(logits, labels, scale) {
      const input = { type, logits: idOf(logits), labels: idOf(labels), scale, overwrite: true };
      const { losses, gradient } = native.crossEntropy(input);
      return { losses: own(losses), gradient: own(gradient) };
    },
  };
}
