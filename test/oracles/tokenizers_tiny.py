"""Makes test/oracles/tokenizers/: two small tokenizers as transformers saves them, and what Hugging Face's tokenizers makes of texts.

Run with tokenizers (the version that transformers 5.23.0 brings):

    python test/oracles/tokenizers_tiny.py && npx biome check --write test/oracles/tokenizers

`bytes`: byte-level pairs behind Qwen's split pattern, no token before a text. `pieces`: SentencePiece's pairs with byte fallback, as
Llama 2 and Gemma have them, and a token before every text. In golden.json: texts, their ids without and with the names of control
tokens read as such, and what is decoded from the latter.
"""

import json
import pathlib
import shutil

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

folder = pathlib.Path(__file__).parent / "tokenizers"
lines = [
    "the heart pumps the blood", "the kidneys filter the blood", "which gene is mentioned in the text", "the price of the share rose",
    "one two three four five six seven eight nine ten", "a fever and a cough", "name the disease that the text speaks of",
]  # fmt: skip
texts = ["the blood", "  two  spaces\n\nand lines", "which gene? BRCA1, 12345", "naïve µg 🧬", "<s>the heart</s>", "it's the kidney's"]
qwen = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
special = [AddedToken(name, special=True, normalized=False) for name in ("<unk>", "<s>", "</s>")]


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(qwen), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def pieces() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=380, special_tokens=[*special, *bytes_], show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    # The trainer marks the bytes as special tokens, which they are not.
    saved = json.loads(tokenizer.to_str())
    saved["added_tokens"] = [token for token in saved["added_tokens"] if not token["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(saved))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
    return tokenizer


def plain(tokenizer: Tokenizer) -> Tokenizer:
    saved = json.loads(tokenizer.to_str())
    saved["added_tokens"] = []
    return Tokenizer.from_str(json.dumps(saved))


shutil.rmtree(folder, ignore_errors=True)
for name, tokenizer in {"bytes": byte_level(), "pieces": pieces()}.items():
    target = folder / name
    target.mkdir(parents=True)
    tokenizer.save(str(target / "tokenizer.json"))
    settings = {"bos_token": "<s>", "eos_token": {"content": "</s>", "special": True}}
    (target / "tokenizer_config.json").write_text(json.dumps(settings))
    (target / "config.json").write_text(json.dumps({"eos_token_id": [tokenizer.token_to_id("</s>"), tokenizer.token_to_id("<unk>")]}))
    golden = []
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        golden.append({
            "text": text,
            "ids": plain(tokenizer).encode(text, add_special_tokens=False).ids,
            "specialIds": ids,
            "decoded": tokenizer.decode(ids, skip_special_tokens=False),
            "decodedPlain": tokenizer.decode(ids, skip_special_tokens=True),
        })  # fmt: skip
    size = tokenizer.get_vocab_size()
    (target / "golden.json").write_text(json.dumps({"vocabularySize": size, "texts": golden}))
