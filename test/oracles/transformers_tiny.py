"""Makes test/oracles/tiny/: a random model of each architecture, a random PEFT adapter for it, and what they compute.

Run with torch 2.15.0, transformers 5.23.0, peft 0.21.2, safetensors 0.8.0 and numpy (CPU):

    python test/oracles/transformers_tiny.py && npx biome check --write test/oracles/tiny

In each folder:
  config.json, model*.safetensors   as `save_pretrained` writes them (qwen2: bfloat16 and in shards)
  adapter/                          as PEFT writes it, on all linear maps
  golden.safetensors                `base.<i>` and `adapted.<i>`: logits [tokens, vocabulary] of prompt i at every position;
                                    `gradient.<name>`: the gradient of the mean loss over the completions' tokens of both
                                    prompts, in the adapter's own names
  golden.json                       the prompts, where their completions begin, that loss without and with the adapter

Computed in float64 (transformers' norms and rotary tables stay in float32), each prompt alone, stored in float32.
"""

import json
import pathlib
import shutil

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

folder = pathlib.Path(__file__).parent / "tiny"

# The vocabulary has no special tokens. Both prompts are longer than the sliding window.
prompts = [[3, 17, 9, 28, 1, 14, 14, 22, 6, 30, 11, 2], [25, 8, 19, 4, 12, 7, 29]]
completion_starts = [5, 3]

shape = {
    "vocab_size": 32, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64,
}  # fmt: skip


def rope(kind: str, theta: float = 10000.0, **more: object) -> dict:
    return {"rope_parameters": {"rope_type": kind, "rope_theta": theta, **more}}


models: dict[str, dict] = {
    "llama": {"model_type": "llama", **shape, "rms_norm_eps": 1e-5, **rope("default", 100.0)},
    "llama3": {
        "model_type": "llama", **shape, "tie_word_embeddings": True,
        **rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=128),
    },
    "llama-linear": {"model_type": "llama", **shape, "head_dim": 4, "num_key_value_heads": 4, **rope("linear", 100.0, factor=4.0)},
    "qwen2": {"model_type": "qwen2", **shape, "head_dim": 4, **rope("default", 1000.0)},
    "qwen3": {"model_type": "qwen3", **shape, "tie_word_embeddings": True, **rope("default", 1000.0)},
    "qwen3-yarn": {"model_type": "qwen3", **shape, **rope("yarn", factor=4.0, original_max_position_embeddings=64)},
    "gemma3": {
        "model_type": "gemma3_text", **shape, "num_hidden_layers": 3, "sliding_window": 4, "query_pre_attn_scalar": 12,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        "rope_parameters": {
            "full_attention": {"rope_type": "linear", "rope_theta": 1000.0, "factor": 2.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
        },
    },
    "gpt2": {"model_type": "gpt2", "vocab_size": 32, "n_positions": 32, "n_embd": 16, "n_layer": 2, "n_head": 4, "bos_token_id": 0, "eos_token_id": 1},
}  # fmt: skip
bfloat16_in_shards = {"qwen2"}
rank_stabilised = {"llama3"}


def randomise(model: torch.nn.Module, generator: torch.Generator) -> None:
    """Every parameter drawn, biases and norms too, so that none can be left out unnoticed."""
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 2:
            parameter.data = noise * 0.3
        else:
            # Gemma's norms multiply by 1 + weight.
            around_one = ("norm" in name or ".ln_" in name) and "bias" not in name and "Gemma" not in type(model).__name__
            parameter.data = noise * 0.2 + around_one


def losses_and_logits(model: torch.nn.Module) -> tuple[torch.Tensor, list[torch.Tensor]]:
    logits = [model(input_ids=torch.tensor([ids])).logits[0] for ids in prompts]  # [tokens, vocabulary]
    total, count = torch.zeros((), dtype=torch.float64), 0
    for ids, start, own in zip(prompts, completion_starts, logits):
        targets = torch.tensor(ids[start:])
        total = total + torch.nn.functional.cross_entropy(own[start - 1 : -1], targets, reduction="sum")
        count += len(targets)
    return total / count, logits


def make(name: str, settings: dict) -> None:
    target = folder / name
    shutil.rmtree(target, ignore_errors=True)
    generator = torch.Generator().manual_seed(20231016)
    settings = dict(settings)
    config = AutoConfig.for_model(settings.pop("model_type"), **settings)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    randomise(model, generator)
    if name in bfloat16_in_shards:
        model.to(torch.bfloat16).save_pretrained(target, max_shard_size="6KB")
    else:
        model.save_pretrained(target)
    (target / "generation_config.json").unlink(missing_ok=True)

    # Read again: `to(bfloat16)` rounded the rotary frequencies too, which are in no file.
    model = AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32, attn_implementation="eager").double().eval()
    with torch.no_grad():
        base_loss, base = losses_and_logits(model)
    lora = LoraConfig(
        r=2, lora_alpha=6, target_modules="all-linear", use_rslora=name in rank_stabilised, task_type="CAUSAL_LM",
        fan_in_fan_out=config.model_type == "gpt2",
    )  # fmt: skip
    model.name_or_path = name
    adapted_model = get_peft_model(model, lora)
    for key, parameter in sorted(adapted_model.named_parameters()):
        if parameter.requires_grad:
            parameter.data = (torch.randn(parameter.shape, generator=generator) * 0.2).double()
    adapted_loss, adapted = losses_and_logits(adapted_model)
    adapted_loss.backward()
    gradients = {
        f"gradient.{key.replace('.default', '')}": parameter.grad.float().contiguous()
        for key, parameter in adapted_model.named_parameters()
        if parameter.requires_grad
    }
    adapted_model.float().save_pretrained(target / "adapter")
    (target / "adapter" / "README.md").unlink()
    logits = {
        f"{kind}.{i}": own.detach().float().contiguous()
        for kind, prompts_logits in [("base", base), ("adapted", adapted)]
        for i, own in enumerate(prompts_logits)
    }
    save_file({**logits, **gradients}, target / "golden.safetensors")
    golden = {"prompts": prompts, "completionStarts": completion_starts, "loss": {"base": base_loss.item(), "adapted": adapted_loss.item()}}
    (target / "golden.json").write_text(json.dumps(golden, indent=2) + "\n")


for name, settings in models.items():
    make(name, settings)
