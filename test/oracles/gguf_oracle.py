"""Makes gguf-blocks.json, the golden values of the GGUF tests, with the Python package `gguf` (0.19.0) and numpy.

    python3 -m venv /tmp/gguf && /tmp/gguf/bin/pip install gguf==0.19.0 numpy
    /tmp/gguf/bin/python test/oracles/gguf_oracle.py > test/oracles/gguf-blocks.json

`decoded`: random blocks (the half-precision scales drawn apart, so that none is infinite) and what the package reads from them.
`encoded`: random values, with those that halves round badly, and the bytes the package writes for them.
"""

import base64
import json

import gguf
import numpy as np

# Where the half-precision scales of a block stand, in bytes.
SCALES = {
    "F32": [], "F16": [], "BF16": [], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}  # fmt: skip

random = np.random.default_rng(20231016)


def text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def decoded(name: str, scales: list[int]) -> dict[str, str]:
    quantisation = gguf.GGMLQuantizationType[name]
    block, size = gguf.GGML_QUANT_SIZES[quantisation]
    if block == 1:
        values = random.normal(0, 1, 64).astype(np.float32)
        raw = gguf.quants.quantize(values, quantisation).view(np.uint8).reshape(1, -1)
    else:
        raw = random.integers(0, 256, (2, size), dtype=np.uint8)
        for at in scales:
            raw[:, at : at + 2] = random.normal(0, 0.01, (2, 1)).astype(np.float16).view(np.uint8)
    source = raw.view({"F32": np.float32, "F16": np.float16}.get(name, np.uint8))
    return {"bytes": text(raw), "values": text(gguf.quants.dequantize(source, quantisation).astype(np.float32))}


def encoded(name: str) -> dict[str, str]:
    values = random.normal(0, 1, 128).astype(np.float32)
    values[:8] = [0, -0.0, 2**-24, 2**-25, 3 * 2**-25, -(2**-14), 1 + 2**-11, 1 + 3 * 2**-11]
    values[32:64] *= 1e-6
    values[64:96] = 0
    raw = gguf.quants.quantize(values, gguf.GGMLQuantizationType[name])
    return {"values": text(values), "bytes": text(raw.view(np.uint8))}


golden = {
    "decoded": {name: decoded(name, scales) for name, scales in SCALES.items()},
    "encoded": {name: encoded(name) for name in ["F16", "BF16", "Q8_0"]},
}
print(json.dumps(golden, indent=1))
