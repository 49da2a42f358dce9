// Adapters as llama.cpp loads them: a GGUF file of type "adapter", A and B beside the name of the tensor they adapt.
import { ggufValue, writeGguf } from "../../models/index.js";
import { linears } from "../transformer/linears.js";
import { interleaveRows } from "../transformer/rotation.js";
import type { Adapter, AdapterMatrix } from "./adapter.js";

/** Writes atomically. Rows of Llama's q and k B matrices go into the interleaved order of the base weights they are added to. */
export function saveGgufAdapter(path: string, adapter: Adapter, title: string): void {
  const { architecture, parameters, matrices } = adapter;
  const valuesOf = ({ name, kind, offset, rows, columns }: AdapterMatrix): Float32Array => {
    const values = parameters.slice(offset, offset + rows * columns);
    const interleaved = architecture.interleavedRotation && kind === "B" && (name === "q_proj" || name === "k_proj");
    return interleaved ? interleaveRows(values, architecture.headSize, columns) : values;
  };
  writeGguf({
    path,
    metadata: new Map([
      ["general.architecture", ggufValue.string(architecture.name)],
      ["general.type", ggufValue.string("adapter")],
      ["general.name", ggufValue.string(title)],
      ["adapter.type", ggufValue.string("lora")],
      ["adapter.lora.alpha", ggufValue.f32(adapter.alpha)],
    ]),
    tensors: matrices.map((matrix) => ({
      name: `blk.${matrix.layer}.${linears[matrix.name].gguf}.weight.lora_${matrix.kind.toLowerCase()}`,
      type: "F32",
      shape: [matrix.rows, matrix.columns],
      values: valuesOf(matrix),
    })),
  });
}
