"""llama.cpp's side of `selfspec bench inference`: evaluates prompts and decodes greedily by llama_decode on batches of several sequences.

The first line of stdin is the settings: {"model", "threads", "sequences", "contextTokens", "batchTokens", "flashAttention": "auto" | "off"}.
Every further line is a job, {"prompts": [text], "tokens": [how many to generate of each]}, answered by {"promptTokens", "seconds"}: all
prompts are evaluated, batchTokens at a time, then all sequences advance together, one token a sequence and batch. Nothing is kept between
jobs. Versions: inference-requirements.txt beside this file.
"""

import json
import sys
import time

import llama_cpp as lib

settings = json.loads(sys.stdin.readline())
batch_tokens, sequences = settings["batchTokens"], settings["sequences"]

quiet = lib.llama_log_callback(lambda level, text, data: None)
lib.llama_log_set(quiet, None)
lib.llama_backend_init()
model_params = lib.llama_model_default_params()
model_params.n_gpu_layers = 0
model = lib.llama_model_load_from_file(settings["model"].encode(), model_params)
vocabulary = lib.llama_model_get_vocab(model)
params = lib.llama_context_default_params()
params.n_ctx = settings["contextTokens"] * sequences
params.n_batch = params.n_ubatch = batch_tokens
params.n_seq_max = sequences
params.n_threads = params.n_threads_batch = settings["threads"]
if settings["flashAttention"] == "off":
    params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
context = lib.llama_init_from_model(model, params)
memory = lib.llama_get_memory(context)
greedy = lib.llama_sampler_init_greedy()
batch = lib.llama_batch_init(batch_tokens, 0, 1)


def tokenize(text):
    data = text.encode()
    buffer = (lib.llama_token * (len(data) + 2))()
    count = lib.llama_tokenize(vocabulary, data, len(data), buffer, len(buffer), True, True)
    return buffer[:count]


def add(token, position, sequence, logits):
    row = batch.n_tokens
    batch.token[row] = token
    batch.pos[row] = position
    batch.n_seq_id[row] = 1
    batch.seq_id[row][0] = sequence
    batch.logits[row] = logits
    batch.n_tokens += 1
    return row


def decode():
    if lib.llama_decode(context, batch) != 0:
        raise RuntimeError("llama_decode failed")


def run(prompts, counts):
    lib.llama_memory_clear(memory, True)
    following = [0] * len(prompts)
    tokenized = [tokenize(text) for text in prompts]
    began = time.perf_counter()
    batch.n_tokens = 0
    ends = []

    def flush():
        decode()
        for row, sequence in ends:
            following[sequence] = lib.llama_sampler_sample(greedy, context, row)
        ends.clear()
        batch.n_tokens = 0

    for sequence, tokens in enumerate(tokenized):
        for position, token in enumerate(tokens):
            last = position == len(tokens) - 1
            row = add(token, position, sequence, last)
            if last:
                ends.append((row, sequence))
            if batch.n_tokens == batch_tokens:
                flush()
    if batch.n_tokens > 0:
        flush()
    for step in range(1, max(counts)):
        batch.n_tokens = 0
        rows = [
            (add(following[sequence], len(tokenized[sequence]) + step - 1, sequence, True), sequence)
            for sequence, count in enumerate(counts)
            if step < count
        ]
        decode()
        for row, sequence in rows:
            following[sequence] = lib.llama_sampler_sample(greedy, context, row)
    return {"promptTokens": [len(tokens) for tokens in tokenized], "seconds": time.perf_counter() - began}


note = f"llama-cpp-python {lib.__version__}, {lib.llama_print_system_info().decode().strip()}"
print(json.dumps({"note": note}), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    print(json.dumps(run(job["prompts"], job["tokens"])), flush=True)
