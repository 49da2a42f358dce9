// The architecture of a model that transformers saved, from its config.json.
import type { ModelConfig } from "../../models/index.js";
import { type Architecture, families } from "./architecture.js";

export function configArchitecture(config: ModelConfig): Architecture {
  const { family: name, layers, hidden, feedForward, heads, vocabulary, contextTokens, normEpsilon } = config;
  const common = {
    name,
    ...families[name],
    ...{ layers, hidden, feedForward, heads, vocabulary, contextTokens, normEpsilon },
  };
  if (config.family === "gpt2") {
    const headSize = hidden / heads;
    return {
      ...common,
      headSize,
      keyValueHeads: heads,
      embeddingScale: 1,
      attentionScale: 1 / Math.sqrt(headSize),
      windowOf: () => undefined,
      rotationOf: () => ({ base: 1e4, scaling: { type: "none" } }),
    };
  }
  const { keyValueHeads, headSize, rope } = config;
  if (config.family !== "gemma3")
    return {
      ...common,
      ...{ keyValueHeads, headSize },
      embeddingScale: 1,
      attentionScale: 1 / Math.sqrt(headSize),
      windowOf: () => undefined,
      rotationOf: () => rope,
    };
  const { localLayers, localRope, window } = config;
  return {
    ...common,
    ...{ keyValueHeads, headSize },
    embeddingScale: Math.sqrt(hidden),
    attentionScale: 1 / Math.sqrt(config.queryScalar),
    windowOf: (layer) => (localLayers[layer] ? window : undefined),
    rotationOf: (layer) => (localLayers[layer] ? localRope : rope),
  };
}
