"""One side of `selfspec bench lora`: LoRA training steps by Hugging Face PEFT on PyTorch's CPU kernels.

Versions: requirements.txt beside this file. The first line on stdin is the configuration (JSON); then every line {"steps": n} runs n
optimiser steps. Answers are JSON lines: {"ready": ...}, {"step": {"seconds", "loss"}} each, {"done": true} after n. Ends with stdin.

What PyTorch is given: sdpa attention without a mask (causal kernel), no key/value cache, fused AdamW, as many threads as cores,
gradient checkpointing without re-entrance (PyTorch's advice). In bfloat16 the frozen weights are bfloat16, the adapter float32 (PEFT's
own default, autocast_adapter_dtype), and the forward pass runs under autocast, as the Trainer's bf16=True has it: a few percent
faster and smaller than without. A bfloat16 adapter would be faster still, but has no float32 master weights, so it is another training. In
float32 products stay float32 (float32_matmul_precision "highest"): "medium" would round their factors to bfloat16. Logits are
computed for every position, as the model's own loss does.
"""

import importlib.metadata
import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # libraries that print must not disturb the protocol


def tell(line):
    answers.write(json.dumps(line) + "\n")
    answers.flush()


config = json.loads(sys.stdin.readline())

import torch  # noqa: E402
from peft import LoraConfig, get_peft_model  # noqa: E402
from transformers import AutoModelForCausalLM  # noqa: E402

torch.set_num_threads(config["threads"])
torch.manual_seed(0)
dtype = torch.bfloat16 if config["precision"] == "bfloat16" else torch.float32
base = AutoModelForCausalLM.from_pretrained(
    config["model"], dtype=dtype, attn_implementation="sdpa", local_files_only=True, use_safetensors=True
)
base.config.use_cache = False
model = get_peft_model(
    base, LoraConfig(r=config["rank"], lora_alpha=config["alpha"], target_modules="all-linear", task_type="CAUSAL_LM")
)
if config["recompute"]:
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.enable_input_require_grads()
model.train()
trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimiser = torch.optim.AdamW(trained, lr=config["learningRate"], weight_decay=0.0, fused=True)

ids = torch.tensor([row["ids"] for row in config["rows"]])  # [sequences, tokens + 1]
inputs = ids[:, :-1].contiguous()
targets = ids[:, 1:].clone()
for number, row in enumerate(config["rows"]):
    targets[number, : row["promptTokens"] - 1] = -100


def step():
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
        loss = model(input_ids=inputs, labels=targets, shift_labels=targets).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return loss.item()


tell(
    {
        "ready": {
            "weightBytes": sum(p.numel() * p.element_size() for p in model.parameters() if not p.requires_grad),
            "parameters": sum(p.numel() for p in trained),
            "note": " ".join(f"{name} {importlib.metadata.version(name)}" for name in ("torch", "transformers", "peft")),
        }
    }
)
for line in sys.stdin:
    for _ in range(json.loads(line)["steps"]):
        began = time.perf_counter()
        loss = step()
        tell({"step": {"seconds": time.perf_counter() - began, "loss": loss}})
    tell({"done": True})
