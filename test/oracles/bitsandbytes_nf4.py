"""Makes bitsandbytes_nf4.json, the golden values of the NF4 tests, with bitsandbytes 0.50.2 and torch 2.15.0 on a CPU:

    python test/oracles/bitsandbytes_nf4.py

Each case: random float32 values, what `quantize_4bit(…, blocksize=64, quant_type="nf4", compress_statistics=True)` makes of them, and what
`dequantize_4bit` reads from that; float32 and bytes in base64. Shapes are whole rows of 64 or flat: the AVX-512 path of 0.50.2 takes the
wrong scales for other matrices whose width is a multiple of 16.

`scales`: random float32 numbers through `quantize_blockwise(…, blocksize=256)`, many enough to meet the rounding of its look-up.
"""

import base64
import json
import pathlib

import bitsandbytes.functional as bnb
import torch

generator = torch.Generator().manual_seed(231000160)


def text(tensor: torch.Tensor) -> str:
    return base64.b64encode(tensor.contiguous().numpy().tobytes()).decode()


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=generator) * 0.02


def ties() -> torch.Tensor:
    """Blocks whose largest value is a power of two, so that half way between two codes is met exactly, from both sides too."""
    code = bnb.get_4bit_type("nf4", device="cpu")
    middles = (code[:-1] + code[1:]) / 2
    values = torch.cat([torch.ones(1), middles, code, torch.nextafter(middles, torch.tensor(2.0)), torch.nextafter(middles, torch.tensor(-2.0)), torch.zeros(2)])
    return torch.stack([values, -values, values * 0.25, values.flip(0) * 2])


cases = {
    "normal": normal(12, 128),
    "ties": ties(),
    "zeros": torch.cat([normal(2, 64), torch.zeros(3, 64), normal(1, 64)]),
    "all zeros": torch.zeros(4, 64),
    "tiny": normal(4, 64) * 1e-36,
    "odd tail": normal(2 * 64 + 37),
    "zero tail": torch.cat([normal(64), torch.zeros(10)]),
    "one block": normal(1, 64),
    "many scales": torch.cat([normal(300, 64), normal(300, 64) * 30]),
}


def golden(values: torch.Tensor) -> dict[str, object]:
    packed, state = bnb.quantize_4bit(values, blocksize=64, quant_type="nf4", compress_statistics=True)
    seed = values.numel() > 20000  # the values of long cases would not pay for their place
    return {
        **({} if seed else {"values": text(values)}),
        "codes": "" if seed else text(packed.flatten()),
        "blockScales": text(bnb.quantize_4bit(values, blocksize=64, quant_type="nf4")[1].absmax),
        "scaleCodes": text(state.absmax),
        "nestedScales": text(state.state2.absmax),
        "offset": state.offset.item(),
        "decoded": "" if seed else text(bnb.dequantize_4bit(packed, state).flatten()),
    }


scales = torch.cat([torch.rand(1024, generator=generator) - 0.5, torch.randn(1024, generator=generator) * 1e-3])
scale_codes, scale_state = bnb.quantize_blockwise(scales, blocksize=256)
document = {
    "codeBook": text(bnb.get_4bit_type("nf4", device="cpu")),
    "dynamicCodeBook": text(bnb.create_dynamic_map()),
    "scales": {"values": text(scales), "codes": text(scale_codes), "nested": text(scale_state.absmax)},
    "cases": {name: golden(values) for name, values in cases.items()},
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")
