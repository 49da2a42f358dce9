// The linear maps of a transformer layer: their names in GGUF files and in PEFT adapters, and which of them share an input.
import type { Architecture } from "./architecture.js";

const gatedNames = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
const gpt2Names = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"] as const;

/** A linear map as transformers names it within its layer; GPT-2's with the block's name, as two of them are called c_proj. */
export type LinearName = (typeof gatedNames)[number] | (typeof gpt2Names)[number];
export const linearNames: readonly LinearName[] = [...gatedNames, ...gpt2Names];

/** Maps that read the same input: one frozen matrix, one stack of A matrices, one product for all. */
export const linearGroupNames = ["attentionIn", "attentionOut", "feedForwardIn", "feedForwardOut"] as const;
export type LinearGroupName = (typeof linearGroupNames)[number];

export interface Linear {
  readonly name: LinearName;
  /** Between "blk.N." and ".weight". */
  readonly gguf: string;
  /** Between the layer's number and ".lora_A.weight" in PEFT's names. */
  readonly peft: string;
  readonly out: number;
  readonly in: number;
}

/** The maps of one layer by group, in the order in which their rows are stacked. */
export function linearsOf(architecture: Architecture): Readonly<Record<LinearGroupName, readonly Linear[]>> {
  const { hidden, feedForward, heads, keyValueHeads, headSize } = architecture;
  const query = heads * headSize;
  const keyValue = keyValueHeads * headSize;
  if (architecture.name === "gpt2") {
    return {
      attentionIn: [{ name: "attn.c_attn", gguf: "attn_qkv", peft: "attn.c_attn", out: query + 2 * keyValue, in: hidden }],
      attentionOut: [{ name: "attn.c_proj", gguf: "attn_output", peft: "attn.c_proj", out: hidden, in: query }],
      feedForwardIn: [{ name: "mlp.c_fc", gguf: "ffn_up", peft: "mlp.c_fc", out: feedForward, in: hidden }],
      feedForwardOut: [{ name: "mlp.c_proj", gguf: "ffn_down", peft: "mlp.c_proj", out: hidden, in: feedForward }],
    };
  }
  return {
    attentionIn: [
      { name: "q_proj", gguf: "attn_q", peft: "self_attn.q_proj", out: query, in: hidden },
      { name: "k_proj", gguf: "attn_k", peft: "self_attn.k_proj", out: keyValue, in: hidden },
      { name: "v_proj", gguf: "attn_v", peft: "self_attn.v_proj", out: keyValue, in: hidden },
    ],
    attentionOut: [{ name: "o_proj", gguf: "attn_output", peft: "self_attn.o_proj", out: hidden, in: query }],
    feedForwardIn: [
      { name: "gate_proj", gguf: "ffn_gate", peft: "mlp.gate_proj", out: feedForward, in: hidden },
      { name: "up_proj", gguf: "ffn_up", peft: "mlp.up_proj", out: feedForward, in: hidden },
    ],
    feedForwardOut: [{ name: "down_proj", gguf: "ffn_down", peft: "mlp.down_proj", out: hidden, in: feedForward }],
  };
}

/** Every map of a layer, in order. */
export const allLinears = (architecture: Architecture): Linear[] => Object.values(linearsOf(architecture)).flat();
