"""Golden values of lora_adamw.json: torch.optim.AdamW after torch.nn.utils.clip_grad_norm_ (run with torch installed)."""
import json
import pathlib

import torch

torch.manual_seed(0)
clip, learning_rate, weight_decay = 1.0, 0.05, 0.1
parameter = torch.nn.Parameter(torch.randn(6))
optimiser = torch.optim.AdamW([parameter], lr=learning_rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=weight_decay)
start = parameter.detach().tolist()
steps = []
for scale in (0.1, 3.0, 0.01, 1.0, 0.5):
    gradient = torch.randn(6) * scale
    parameter.grad = gradient.clone()
    norm = torch.nn.utils.clip_grad_norm_([parameter], clip).item()
    optimiser.step()
    steps.append({"gradient": gradient.tolist(), "norm": norm, "parameters": parameter.detach().tolist()})
golden = {"clip": clip, "learningRate": learning_rate, "weightDecay": weight_decay, "start": start, "steps": steps}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
