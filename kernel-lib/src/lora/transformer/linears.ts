// The seven linear maps of a transformer layer: their names in GGUF files, in PEFT adapters, and which of them share an input.
import type { Architecture } from "./architecture.js";

export const linearNames = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;

/** A linear map as PEFT and transformers name it; the default targets of LoRA are all seven. */
export type LinearName = (typeof linearNames)[number];

/** Maps that read the same input; their A matrices are stacked, so one product serves them all. */
export const linearGroups = {
  attentionIn: ["q_proj", "k_proj", "v_proj"],
  attentionOut: ["o_proj"],
  feedForwardIn: ["gate_proj", "up_proj"],
  feedForwardOut: ["down_proj"],
} as const satisfies Record<string, readonly LinearName[]>;

export type LinearGroupName = keyof typeof linearGroups;
export const linearGroupNames = Object.keys(linearGroups) as LinearGroupName[];

interface Linear {
  /** Between "blk.N." and ".weight". */
  gguf: string;
  /** Between "layers.N." and ".lora_A.weight". */
  peft: string;
  shape: (architecture: Architecture) => { out: number; in: number };
}

const attention = (architecture: Architecture): number => architecture.heads * architecture.headSize;
const keyValue = (architecture: Architecture): number => architecture.keyValueHeads * architecture.headSize;

export const linears: Record<LinearName, Linear> = {
  q_proj: { gguf: "attn_q", peft: "self_attn.q_proj", shape: (a) => ({ out: attention(a), in: a.hidden }) },
  k_proj: { gguf: "attn_k", peft: "self_attn.k_proj", shape: (a) => ({ out: keyValue(a), in: a.hidden }) },
  v_proj: { gguf: "attn_v", peft: "self_attn.v_proj", shape: (a) => ({ out: keyValue(a), in: a.hidden }) },
  o_proj: { gguf: "attn_output", peft: "self_attn.o_proj", shape: (a) => ({ out: a.hidden, in: attention(a) }) },
  gate_proj: { gguf: "ffn_gate", peft: "mlp.gate_proj", shape: (a) => ({ out: a.feedForward, in: a.hidden }) },
  up_proj: { gguf: "ffn_up", peft: "mlp.up_proj", shape: (a) => ({ out: a.feedForward, in: a.hidden }) },
  down_proj: { gguf: "ffn_down", peft: "mlp.down_proj", shape: (a) => ({ out: a.hidden, in: a.feedForward }) },
};
