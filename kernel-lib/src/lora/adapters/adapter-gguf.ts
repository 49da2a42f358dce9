// Adapters as llama.cpp loads them: a GGUF file of type "adapter", A and B beside the name of the tensor they adapt.
import { ggufValue, writeGguf } from "../../models/index.js";
import { allLinears } from "../transformer/linears.js";
import { interleaveRows } from "../transformer/rotation.js";
import type { Adapter } from "./adapter.js";
import { readMatrices } from "./adapter-matrices.js";

/** Writes atomically. Rows of Llama's q and k B matrices go into the interleaved order of the base weights they are added to. */
export function saveGgufAdapter(path: string, adapter: Adapter, title: string): void {
  const { architecture, linears } = adapter;
  const ggufNames = new Map(allLinears(architecture).map(({ name, gguf }) => [name, gguf]));
  writeGguf({
    path,
    metadata: new Map([
      ["general.architecture", ggufValue.string(architecture.name)],
      ["general.type", ggufValue.string("adapter")],
      ["general.name", ggufValue.string(title)],
      ["adapter.type", ggufValue.string("lora")],
      ["adapter.lora.alpha", ggufValue.f32(adapter.alpha)],
    ]),
    tensors: linears.flatMap((linear) => {
      const { layer, name, rank } = linear;
      const { a, b } = readMatrices(adapter, linear);
      const interleaved = architecture.interleavedRotation && (name === "q_proj" || name === "k_proj");
      const path = `blk.${layer}.${ggufNames.get(name)}.weight`;
      return [
        { name: `${path}.lora_a`, type: "F32" as const, shape: [rank, linear.in], values: a },
        {
          name: `${path}.lora_b`,
          type: "F32" as const,
          shape: [linear.out, rank],
          values: interleaved ? interleaveRows(b, architecture.headSize, rank) : b,
        },
      ];
    }),
  });
}
