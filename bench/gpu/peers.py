"""What the GPU engine is compared with, in PyTorch on the same machine: ceilings, eager, compiled, attention. Run by run-all.sh.

Weights are random: the times are those of a real model of the shape. Every part prints JSON lines and checks what it times where it can.
"""
import argparse
import json
import os
import time

import torch
import torch.nn.functional as F
from torch import nn

HIDDEN, LAYERS, INNER, HEADS, VOCABULARY, CONTEXT = 4096, 32, 11008, 32, 32000, 1024  # Llama 2 7B
DEVICE, TYPE = "cuda", torch.bfloat16
rows = []
file_of_rows = None


def report(**row):
    """Prints a row and writes all there are: what runs out of time later loses none of them."""
    rows.append(row)
    print(json.dumps(row), flush=True)
    with open(file_of_rows + ".part", "w") as file:
        json.dump(rows, file, indent=2)
    os.replace(file_of_rows + ".part", file_of_rows)


def seconds(run, repeat=20, inner=1):
    """The median over device events, warm."""
    for _ in range(3):
        run()
    times = []
    for _ in range(repeat):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(inner):
            run()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end) / 1000 / inner)
    return sorted(times)[repeat // 2]


def ceilings():
    source = torch.randint(0, 255, (2 << 30,), dtype=torch.uint8, device=DEVICE)
    target = torch.empty_like(source)
    report(part="copy", gigabytes_per_second=2 * source.numel() / seconds(lambda: target.copy_(source)) / 1e9)
    numbers = source.view(torch.float32)
    report(part="read", gigabytes_per_second=source.numel() / seconds(lambda: numbers.amax()) / 1e9)
    a, b = (torch.randn(8192, 8192, dtype=TYPE, device=DEVICE) for _ in range(2))
    report(part="matrix product", teraflops=2 * 8192**3 / seconds(lambda: a @ b) / 1e12)


def eager():
    """transformers' own generate, eager, greedy, 1024 tokens of context."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(hidden_size=HIDDEN, num_hidden_layers=LAYERS, intermediate_size=INNER, num_attention_heads=HEADS,
                         num_key_value_heads=HEADS, vocab_size=VOCABULARY, max_position_embeddings=4096)
    torch.set_default_dtype(TYPE)
    with torch.device(DEVICE):
        model = LlamaForCausalLM(config).eval()
    prompt = torch.randint(0, VOCABULARY, (1, CONTEXT), device=DEVICE)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0

    def generate(count):
        torch.cuda.synchronize()
        start = time.perf_counter()
        output = model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=count, min_new_tokens=count)
        torch.cuda.synchronize()
        assert output.shape[1] == CONTEXT + count
        return time.perf_counter() - start

    with torch.inference_mode():
        generate(4)
        samples = sorted((generate(68) - generate(4)) / 64 for _ in range(3))  # the prompt's time drops out
    report(part="transformers generate, eager", milliseconds_per_token=samples[1] * 1000, context=CONTEXT)


class Block(nn.Module):
    def __init__(self, slots):
        super().__init__()
        self.qkv, self.out = nn.Linear(HIDDEN, 3 * HIDDEN, bias=False), nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.gate_up, self.down = nn.Linear(HIDDEN, 2 * INNER, bias=False), nn.Linear(INNER, HIDDEN, bias=False)
        self.norm1, self.norm2 = nn.RMSNorm(HIDDEN, eps=1e-5), nn.RMSNorm(HIDDEN, eps=1e-5)
        for name in ("keys", "values"):
            self.register_buffer(name, torch.randn(1, HEADS, slots, HIDDEN // HEADS))

    def forward(self, x, positions, cos, sin, mask):
        q, k, v = (part.view(1, -1, HEADS, HIDDEN // HEADS).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, -1))

        def turn(heads):
            low, high = heads.chunk(2, -1)
            return torch.cat((low * cos - high * sin, high * cos + low * sin), -1)

        self.keys.index_copy_(2, positions, turn(k))
        self.values.index_copy_(2, positions, v)
        mixed = F.scaled_dot_product_attention(turn(q), self.keys, self.values, attn_mask=mask)
        x = x + self.out(mixed.transpose(1, 2).reshape(1, -1, HIDDEN))
        gate, up = self.gate_up(self.norm2(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


class Decoder(nn.Module):
    def __init__(self, slots):
        super().__init__()
        self.embedding, self.head = nn.Embedding(VOCABULARY, HIDDEN), nn.Linear(HIDDEN, VOCABULARY, bias=False)
        self.blocks, self.norm = nn.ModuleList(Block(slots) for _ in range(LAYERS)), nn.RMSNorm(HIDDEN, eps=1e-5)
        size = HIDDEN // HEADS
        angles = torch.outer(torch.arange(slots).float(), 10000.0 ** (-torch.arange(0, size, 2).float() / size))
        self.register_buffer("cos", angles.cos().to(TYPE))
        self.register_buffer("sin", angles.sin().to(TYPE))
        self.register_buffer("mask", torch.ones(slots, slots, dtype=torch.bool).tril())

    def forward(self, tokens, positions):
        x, cos, sin, mask = self.embedding(tokens), self.cos[positions], self.sin[positions], self.mask[positions][None, None]
        for block in self.blocks:
            x = block(x, positions, cos, sin, mask)
        return self.head(self.norm(x)).argmax(-1)


def compiled():
    """A decode loop with a static cache, compiled and replayed as a CUDA graph, the gpt-fast manner; also passes over several rows."""
    torch.set_default_dtype(TYPE)
    slots = CONTEXT + 128
    with torch.device(DEVICE):
        model = Decoder(slots).eval()
    step = torch.compile(model, mode="reduce-overhead", fullgraph=True, dynamic=False)
    with torch.inference_mode():
        for count in (1, 64):  # a compilation each, of minutes
            start = time.perf_counter()
            tokens = torch.randint(0, VOCABULARY, (1, count), device=DEVICE)
            positions = torch.arange(CONTEXT, CONTEXT + count, device=DEVICE)
            time_of_pass = seconds(lambda: step(tokens, positions), inner=8)
            report(part="compiled static-cache loop", rows=count, milliseconds_per_pass=time_of_pass * 1000, context=CONTEXT,
                   seconds_with_compilation=time.perf_counter() - start)


def attention():
    """A tree of 64 nodes over a long context: SDPA with an explicit mask, and FlexAttention with the tree as its mask."""
    from itertools import cycle

    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    nodes, heads, kv_heads, size = 64, 32, 8, 128
    parents = [(node + 1) // 2 - 1 for node in range(nodes)]
    ancestors = torch.zeros(nodes, nodes, dtype=torch.bool)
    for node, parent in enumerate(parents):
        if node:
            ancestors[node] = ancestors[parent]
        ancestors[node, node] = True
    ancestors = ancestors.to(DEVICE)
    flex = torch.compile(flex_attention, dynamic=False)
    for context in (4096, 32768, 131072):
        query = torch.randn(1, heads, nodes, size, dtype=TYPE, device=DEVICE)
        # As many keys and values as no cache holds take turns: in a model another layer's were read before.
        pairs = [[torch.randn(1, kv_heads, context + nodes, size, dtype=TYPE, device=DEVICE) for _ in range(2)]
                 for _ in range(max(1, (256 << 20) // (4 * (context + nodes) * kv_heads * size)))]
        turns = cycle(pairs)
        mask = torch.cat((torch.ones(nodes, context, dtype=torch.bool, device=DEVICE), ancestors), 1)[None, None]
        # The query heads of a KV head as rows: fused kernels know no mask beside grouped heads.
        group = heads // kv_heads
        folded, folded_mask = query.view(1, kv_heads, group * nodes, size), mask.repeat(1, 1, group, 1)

        def sdpa(keys, values):
            with sdpa_kernel([SDPBackend.EFFICIENT_ATTENTION, SDPBackend.CUDNN_ATTENTION]):
                return F.scaled_dot_product_attention(folded, keys, values, attn_mask=folded_mask)

        def visible(batch, head, row, column):
            return (column < context) | ancestors[row, (column - context).clamp(min=0)]

        block_mask = create_block_mask(visible, None, None, nodes, context + nodes, device=DEVICE)
        peers = {
            "SDPA, explicit mask": sdpa,
            "FlexAttention, tree mask": lambda keys, values: flex(query, keys, values, block_mask=block_mask, enable_gqa=True),
        }
        found = {}
        for name, run in peers.items():
            try:
                found[name] = run(*pairs[0])
                time_of_run = seconds(lambda: run(*next(turns)), inner=8)
                report(part=name, context=context, nodes=nodes, microseconds=time_of_run * 1e6,
                       gigabytes_per_second=4 * pairs[0][0].numel() / time_of_run / 1e9)
            except Exception as fault:  # one peer that fails must not hide the other
                report(part=name, context=context, error=str(fault).splitlines()[0])
        if len(found) == 2:
            one, two = (output.float().reshape(1, heads, nodes, size) for output in found.values())
            report(part="the two agree", context=context, relative_difference=((one - two).norm() / one.norm()).item())


def main():
    global file_of_rows
    parts = {part.__name__: part for part in (ceilings, eager, compiled, attention)}
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=parts)
    parser.add_argument("--json", required=True)
    arguments = parser.parse_args()
    file_of_rows = arguments.json
    torch.manual_seed(1)
    report(part="machine", device=torch.cuda.get_device_name(), torch=torch.__version__)
    parts[arguments.part]()


if __name__ == "__main__":
    main()
