"""Makes the tiny models beside this file and the logits that Hugging Face's own modelling code gives for them.

    python3 Speculative.Tests/Fixtures/make_fixtures.py

Needs torch, numpy and transformers. The stored files came from PyTorch 1.13, numpy 1.24 and the modelling, configuration, activation and
rotary code of transformers 4.53.0.dev0 (commit f4ef41c45ea0d639401c4b263c5b40ce610e084d), unchanged. That PyTorch is older than the rest of
the package accepts, so loading, caching and generation were stand-ins there; none of them takes part in a forward pass without a cache.

A folder per model: config.json and safetensors with random weights; reference.json with a token sequence and a tree on top of a prefix of
it; logits.bin, little-endian float32, a row per token of the sequence and then a row per node of the tree. Everything is computed in
float32, eager attention, no cache; a node by running its prefix and its path from the root alone, so that no tree mask is involved.
The run prints how far float64 arithmetic is from that (norm, soft-max and rotary angles stay float32 inside the modelling code).
"""

import json
import struct
from pathlib import Path

import numpy as np
import torch
import transformers

SEQUENCE_LENGTH = 32
PREFIX_LENGTH = 11
TREE_NODES = 14

COMMON = {
    "hidden_act": "silu",
    "max_position_embeddings": 64,
    "attention_dropout": 0.0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}

# What each one is for: llama the plain block; llama3 scaled rotary frequencies, one kept, one blended, two divided; mistral heads that are
# wider together than the residual stream; qwen2 biases and sizes that no vector width divides; qwen3 the norm of queries and keys, sharded.
MODELS = {
    "llama": {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 64, "hidden_size": 32, "intermediate_size": 48,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "rope_scaling": None, "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": False, "torch_dtype": "float32",
    },
    "llama3": {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 96, "hidden_size": 32, "intermediate_size": 56,
        "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "rms_norm_eps": 1e-5,
        "rope_theta": 100.0, "rope_scaling": {
            "rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32,
        },
        "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": True, "torch_dtype": "bfloat16",
    },
    "mistral": {
        "architectures": ["MistralForCausalLM"], "model_type": "mistral", "vocab_size": 72, "hidden_size": 24, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16, "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0, "sliding_window": None, "tie_word_embeddings": False, "torch_dtype": "float16",
    },
    "qwen2": {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "vocab_size": 61, "hidden_size": 36, "intermediate_size": 44,
        "num_hidden_layers": 2, "num_attention_heads": 6, "num_key_value_heads": 2, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0,
        "use_sliding_window": False, "sliding_window": 32768, "max_window_layers": 2, "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
    },
    "qwen3": {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "vocab_size": 80, "hidden_size": 32, "intermediate_size": 40,
        "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 12, "rms_norm_eps": 1e-6,
        "rope_theta": 1000000.0, "rope_scaling": None, "attention_bias": False, "use_sliding_window": False, "sliding_window": None,
        "max_window_layers": 3, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
    },
}

CLASSES = {
    "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
    "mistral": (transformers.MistralConfig, transformers.MistralForCausalLM),
    "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
    "qwen3": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM),
}

DTYPES = {"float32": ("F32", torch.float32), "float16": ("F16", torch.float16), "bfloat16": ("BF16", torch.bfloat16)}


def new_model(config):
    configuration, model = CLASSES[config["model_type"]]
    settings = configuration(**config)
    settings._attn_implementation = "eager"
    return model(settings).eval()


def random_weight(name, shape, generator):
    """Scales that spread the logits and sharpen attention, so that a wrong rotation, head mapping or mask shows in every row."""
    noise = torch.randn(shape, generator=generator)
    if name.endswith("norm.weight"):
        return 1 + 0.3 * noise
    if name.endswith(".bias"):
        return 0.5 * noise
    if "embed_tokens" in name:
        return 0.5 * noise
    gain = 1.6 if "q_proj" in name or "k_proj" in name else 1.2
    return gain * noise / shape[1] ** 0.5


def stored_type(name, folder, wanted):
    """The dtype on disk: the folder's own, but qwen3 keeps its norms in F32 and its embedding in F16, so that types mix in one file."""
    if folder == "qwen3" and name.endswith("norm.weight"):
        return "float32"
    return "float16" if folder == "qwen3" and "embed_tokens" in name else wanted


def tensor_bytes(tensor):
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy().tobytes()


def write_safetensors(path, tensors):
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, (dtype, tensor) in tensors.items():
        blob = tensor_bytes(tensor)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def write_text(path, value, **options):
    path.write_text(json.dumps(value, **options) + "\n", encoding="utf-8", newline="\n")


def write_weights(folder, tensors):
    if folder.name != "qwen3":
        write_safetensors(folder / "model.safetensors", tensors)
        return
    names = list(tensors)
    shards = [names[0::2], names[1::2]]
    index = {"metadata": {"total_size": sum(len(tensor_bytes(t)) for _, t in tensors.values())}, "weight_map": {}}
    for i, shard in enumerate(shards):
        file = f"model-{i + 1:05}-of-{len(shards):05}.safetensors"
        write_safetensors(folder / file, {n: tensors[n] for n in shard})
        index["weight_map"].update({n: file for n in shard})
    write_text(folder / "model.safetensors.index.json", index, indent=1)


def random_tree(root, vocabulary, random):
    """Parents before children, siblings with different tokens; at least two branches below the root."""
    tokens, parents = [root], [-1]
    while len(tokens) < TREE_NODES:
        parent = 0 if len(tokens) < 3 else int(random.integers(max(0, len(tokens) - 6), len(tokens)))
        token = int(random.integers(3, vocabulary))
        if (parent, token) not in zip(parents, tokens):
            tokens.append(token)
            parents.append(parent)
    return tokens, parents


def path_to(node, parents):
    path = []
    while node >= 0:
        path.append(node)
        node = parents[node]
    return path[::-1]


def logits(model, sequence):
    with torch.no_grad():
        return model(input_ids=torch.tensor([sequence]), use_cache=False).logits[0]


def all_rows(model, sequence, tokens, parents):
    rows = [logits(model, sequence)]
    for node in range(len(tokens)):
        path = [tokens[i] for i in path_to(node, parents)]
        rows.append(logits(model, sequence[:PREFIX_LENGTH] + path)[-1:])
    return torch.cat(rows)


def make(name, config, seed):
    folder = Path(__file__).parent / name
    folder.mkdir(exist_ok=True)
    model = new_model({**COMMON, **config})
    generator = torch.Generator().manual_seed(seed)
    tensors, loaded = {}, {}
    for key, value in model.state_dict().items():
        if key == "lm_head.weight" and config["tie_word_embeddings"]:
            continue
        label, dtype = DTYPES[stored_type(key, name, config["torch_dtype"])]
        stored = random_weight(key, tuple(value.shape), generator).to(dtype)
        tensors[key] = (label, stored)
        loaded[key] = stored.float()
    if config["tie_word_embeddings"]:
        loaded["lm_head.weight"] = loaded["model.embed_tokens.weight"]
    model.load_state_dict(loaded, strict=True)

    random = np.random.default_rng(seed)
    sequence = [1] + [int(t) for t in random.integers(3, config["vocab_size"], SEQUENCE_LENGTH - 1)]
    tokens, parents = random_tree(sequence[PREFIX_LENGTH], config["vocab_size"], random)
    rows = all_rows(model, sequence, tokens, parents)
    exact = all_rows(new_model_like(model, config, loaded), sequence, tokens, parents)

    write_text(folder / "config.json", {**config, **COMMON}, indent=2)
    write_weights(folder, tensors)
    write_text(folder / "reference.json", {"tokens": sequence, "tree": {"prefix": PREFIX_LENGTH, "tokens": tokens, "parents": parents}})
    (folder / "logits.bin").write_bytes(rows.numpy().astype("<f4").tobytes())
    gaps = rows.topk(2).values
    print(f"{name}: {tuple(rows.shape)}, deviation {rows.std():.3f}, largest {rows.abs().max():.2f}, "
          f"float64 differs by {(rows - exact).abs().max():.2e}, smallest top-2 gap {(gaps[:, 0] - gaps[:, 1]).min():.2e}")


def new_model_like(model, config, loaded):
    exact = new_model({**COMMON, **config})
    exact.load_state_dict(loaded, strict=True)
    return exact.double()


if __name__ == "__main__":
    torch.set_num_threads(1)
    for seed, (name, config) in enumerate(MODELS.items(), start=1):
        make(name, config, seed)
