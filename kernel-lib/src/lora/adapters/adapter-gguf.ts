// Adapters as llama.cpp loads them: a GGUF file of type "adapter", A and B beside the name of the tensor they adapt.
import { type GgufFile, ggufValue, readGguf, type TensorToWrite, writeGguf } from "../../models/index.js";
import { InputError } from "../../runtime/index.js";
import type { Architecture } from "../transformer/architecture.js";
import { deinterleaveRows, interleaveRows } from "../transformer/rotation.js";
import { type LinearModule, linearModules } from "./adapted-modules.js";
import { type Adapter, emptyAdapter } from "./adapter.js";
import { readMatrices, writeMatrices } from "./adapter-matrices.js";
import type { AdapterSettings } from "./adapter-settings.js";

/** Whether llama.cpp keeps the rows of this map interleaved in pairs, and so those of its B. */
export const isInterleaved = (architecture: Architecture, name: string): boolean =>
  architecture.interleavedRotation && (name === "q_proj" || name === "k_proj");

/**
 * Writes atomically. llama.cpp scales every map by the file's one alpha over the map's own rank; where rsLoRA or an alpha of its own
 * asks for another scale, what remains is multiplied into B.
 */
export function saveGgufAdapter(path: string, adapter: Adapter, title: string): void {
  const { architecture, linears, alpha } = adapter;
  writeGguf({
    path,
    metadata: new Map([
      ["general.architecture", ggufValue.string(architecture.name)],
      ["general.type", ggufValue.string("adapter")],
      ["general.name", ggufValue.string(title)],
      ["adapter.type", ggufValue.string("lora")],
      ["adapter.lora.alpha", ggufValue.f32(alpha)],
    ]),
    tensors: linears.flatMap((linear): TensorToWrite[] => {
      const { name, tensor, rank, scale, in: width, out } = linear;
      const { a, b } = readMatrices(adapter, linear);
      const remains = scale / (alpha / rank);
      if (remains !== 1) for (let i = 0; i < b.length; i++) b[i]! *= remains;
      const rows = isInterleaved(architecture, name) ? interleaveRows(b, architecture.headSize, rank) : b;
      return [
        { name: `${tensor}.lora_a`, type: "F32", shape: [rank, width], values: a },
        { name: `${tensor}.lora_b`, type: "F32", shape: [out, rank], values: rows },
      ];
    }),
  });
}

interface Pair {
  module: LinearModule;
  rank: number;
}

/** The maps that a file adapts, each with its rank. */
function pairsOf(file: GgufFile, architecture: Architecture): Pair[] {
  const modules = new Map(linearModules(architecture).map((module) => [module.tensor, module]));
  const refuse = (got: string, allowed: string): never => {
    throw new InputError({ got: `${file.path}: ${got}`, allowed, todo: "use the adapter with the model it was trained on" });
  };
  const adapted = [...file.tensors.keys()].map((name) => {
    const tensor = /^(.*)\.lora_[ab]$/.exec(name)?.[1];
    const found = modules.get(tensor ?? "");
    return found ?? refuse(`"${name}"`, `LoRA on the linear maps of this ${architecture.name} model's layers`);
  });
  return [...new Set(adapted)].map((module) => {
    const { linear, tensor } = module;
    const shapeOf = (kind: "a" | "b"): readonly number[] => file.tensors.get(`${tensor}.lora_${kind}`)?.shape ?? [];
    const [a, b, rank = 0] = [shapeOf("a"), shapeOf("b"), shapeOf("a")[0]];
    if (a.join() !== [rank, linear.in].join() || b.join() !== [linear.out, rank].join())
      refuse(`${tensor} has A [${a}] and B [${b}]`, `[rank, ${linear.in}] and [${linear.out}, rank] for this base model`);
    return { module, rank };
  });
}

/** What most maps have; a tie goes to the first. */
function commonest(values: readonly number[]): number {
  const count = (value: number): number => values.filter((other) => other === value).length;
  return values.reduce((best, value) => (count(value) > count(best) ? value : best));
}

/** @param alpha 0 stands for a scale of 1, as in llama.cpp: each map's own rank. */
function settingsOf(architecture: Architecture, pairs: readonly Pair[], alpha: number): AdapterSettings {
  const names = [...new Set(pairs.map(({ module }) => module.linear.name))];
  const everywhere = pairs.length === names.length * architecture.layers;
  const rank = commonest(pairs.map((pair) => pair.rank));
  const others = Object.fromEntries(
    pairs.filter((pair) => pair.rank !== rank).map((pair) => [pair.module.path.replaceAll(".", "\\."), pair.rank]),
  );
  const patterned = Object.keys(others).length > 0;
  return {
    rank,
    alpha: alpha || rank,
    targets: everywhere ? names : pairs.map(({ module }) => module.path),
    ...(patterned && { rankPattern: others }),
    ...(patterned && alpha === 0 && { alphaPattern: others }),
  };
}

/**
 * Reads a GGUF LoRA, made here or by llama.cpp's converter; matrices of any type that can be read.
 * @throws InputError for another kind of file, another architecture, or maps that the model has not.
 */
export function loadGgufAdapter(path: string, architecture: Architecture): Adapter {
  const file = readGguf(path);
  try {
    const kind = `${file.text("general.type", "model")} ${file.text("adapter.type", "")}`.trim();
    const invocation = [...file.metadata.keys()].find((key) => key.startsWith("adapter.alora."));
    if (kind !== "adapter lora" || invocation)
      throw new InputError({
        got: `${path} holds a GGUF ${invocation ? `activated LoRA (${invocation})` : kind}`,
        allowed: "a LoRA adapter",
      });
    if (file.architecture !== architecture.name)
      throw new InputError({
        got: `${path} adapts a ${file.architecture} model`,
        allowed: architecture.name,
        todo: "use the adapter with the model it was trained on",
      });
    const pairs = pairsOf(file, architecture);
    if (pairs.length === 0) throw new InputError({ got: `${path} holds no LoRA matrix`, todo: "convert the adapter again" });
    const adapter = emptyAdapter(architecture, settingsOf(architecture, pairs, file.number("adapter.lora.alpha")));
    for (const linear of adapter.linears) {
      const { name, tensor, rank } = linear;
      const rows = file.readTensor(`${tensor}.lora_b`);
      const b = isInterleaved(architecture, name) ? deinterleaveRows(rows, architecture.headSize, rank) : rows;
      writeMatrices(adapter, linear, { a: file.readTensor(`${tensor}.lora_a`), b });
    }
    return adapter;
  } finally {
    file.close();
  }
}
