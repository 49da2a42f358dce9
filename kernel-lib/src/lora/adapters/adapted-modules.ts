// The linear maps of a whole model under transformers' module names, which is how adapters say what they adapt.
import type { Architecture } from "../transformer/architecture.js";
import { allLinears, type Linear } from "../transformer/linears.js";

export interface LinearModule {
  readonly layer: number;
  readonly linear: Linear;
  /** "model.layers.3.self_attn.q_proj", "transformer.h.3.attn.c_attn". */
  readonly path: string;
  /** "blk.3.attn_q.weight", as llama.cpp and weight sources call its matrix. */
  readonly tensor: string;
}

/** Every map of every layer, in order. */
export function linearModules(architecture: Architecture): LinearModule[] {
  const linears = allLinears(architecture);
  return Array.from({ length: architecture.layers }, (_, layer) =>
    linears.map((linear) => linearModule(architecture, layer, linear)),
  ).flat();
}

export function linearModule({ name }: Architecture, layer: number, linear: Linear): LinearModule {
  const stack = name === "gpt2" ? "transformer.h" : "model.layers";
  return { layer, linear, path: `${stack}.${layer}.${linear.peft}`, tensor: `blk.${layer}.${linear.gguf}.weight` };
}
