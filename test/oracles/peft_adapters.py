"""Makes test/oracles/peft/: adapters of the tiny models of transformers_tiny.py in the forms that PEFT writes, and what PEFT computes.

Run with torch 2.15.0, transformers 5.23.0, peft 0.21.2, safetensors 0.8.0 and numpy (CPU), in two steps:

    python test/oracles/peft_adapters.py make
    (for each folder) npm run selfspec -- adapter export test/oracles/peft/<name> --model test/oracles/tiny/<model> \
        --to test/oracles/peft/<name>/ours
    python test/oracles/peft_adapters.py check && npx biome check --write test/oracles/peft

In each folder:
  adapter_config.json, adapter_model.safetensors   as PEFT writes them, random A and B
  ours/                                            the same adapter as our own export writes it
  golden.safetensors                               `adapted.<i>`: logits [tokens, vocabulary] of prompt i, computed in float64 and
                                                   stored in float32
  golden.json                                      the model
`check` loads ours/ by `PeftModel.from_pretrained` and fails where its logits are further than 1e-5 from those of PEFT's own.
"""

import json
import pathlib
import shutil
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

folder = pathlib.Path(__file__).parent
prompts = [[3, 17, 9, 28, 1, 14, 14, 22, 6, 30, 11, 2], [25, 8, 19, 4, 12, 7, 29]]

adapters = {
    "patterns": ("llama", torch.float32, dict(
        r=2, lora_alpha=5, target_modules=["q_proj", "k_proj", "v_proj", "down_proj"],
        rank_pattern={"layers.1.self_attn.k_proj": 3, "v_proj": 1}, alpha_pattern={"model.layers.0.mlp.down_proj": 9, "v_proj": 2},
    )),
    "rslora-half": ("llama3", torch.float16, dict(
        r=4, lora_alpha=3, target_modules=["q_proj", "o_proj", "up_proj"], use_rslora=True, layers_to_transform=[1],
        rank_pattern={"up_proj": 2},
    )),
    "expression-bfloat": ("qwen3", torch.bfloat16, dict(
        r=3, lora_alpha=6, target_modules=r".*\.(layers\.0\.self_attn\.[qv]_proj|layers\.1\.mlp\.(gate|down)_proj)",
    )),
    "excluded": ("gemma3", torch.float32, dict(
        r=2, lora_alpha=4, target_modules="all-linear", exclude_modules=["o_proj", "layers.0.self_attn.q_proj"],
    )),
    "conv1d": ("gpt2", torch.float32, dict(r=2, lora_alpha=4, target_modules=["c_attn", "c_proj"], fan_in_fan_out=True)),
}  # fmt: skip


def base_model(name: str) -> torch.nn.Module:
    model = AutoModelForCausalLM.from_pretrained(folder / "tiny" / name, dtype=torch.float32, attn_implementation="eager")
    return model.double().eval()


def logits(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        return {
            f"adapted.{i}": model(input_ids=torch.tensor([ids])).logits[0].float().contiguous() for i, ids in enumerate(prompts)
        }


def make(name: str, base: str, dtype: torch.dtype, settings: dict) -> None:
    target = folder / "peft" / name
    shutil.rmtree(target, ignore_errors=True)
    generator = torch.Generator().manual_seed(20231016)
    model = base_model(base)
    model.name_or_path = base
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings), autocast_adapter_dtype=False)
    for _, parameter in sorted(adapted.named_parameters()):
        if parameter.requires_grad:
            parameter.data = (torch.randn(parameter.shape, generator=generator) * 0.2).to(dtype).double()
    golden = logits(adapted)
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.to(dtype)
    adapted.save_pretrained(target)
    (target / "README.md").unlink()
    save_file(golden, target / "golden.safetensors")
    (target / "golden.json").write_text(json.dumps({"model": base, "prompts": prompts}, indent=2) + "\n")


def check(name: str, base: str) -> None:
    target = folder / "peft" / name
    golden = load_file(target / "golden.safetensors")
    ours = logits(PeftModel.from_pretrained(base_model(base), target / "ours", autocast_adapter_dtype=False).double())
    worst = max((ours[key] - golden[key]).abs().max().item() for key in golden)
    plain = max((value - golden[key]).abs().max().item() for key, value in logits(base_model(base)).items())
    print(f"{name}: our export in PEFT {worst:.1e} from PEFT's own; without an adapter {plain:.1f}")
    assert worst < 1e-5 < plain


for name, (base, dtype, settings) in adapters.items():
    if sys.argv[1] == "make":
        make(name, base, dtype, settings)
    else:
        check(name, base)
