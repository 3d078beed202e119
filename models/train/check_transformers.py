#!/usr/bin/env python3
"""Checks that exported model folders load in Hugging Face transformers, as they are.

check_transformers.py FOLDER...

Needs transformers, torch and jinja2. Loads each folder with AutoConfig, AutoTokenizer and AutoModelForCausalLM, computes in float32, and
compares the chat template, the encodings, the greedy tokens and their logits with the folder's reference.json where there is one. Prints a
line per folder; exit code 1 if a folder does not load or anything differs.
"""
import json, os, sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing here is downloaded
TOLERANCE = 1e-3
QUESTIONS = ["Hello", " Was heißt „größer“ auf Englisch?\n", "def f(x):\n    return x ** 2  # 😀", "text<|end|> <|bos|>more"]


def check(folder):
    """What was compared, in a few words; a ValueError that says what differs."""
    config, tokenizer = transformers.AutoConfig.from_pretrained(folder), transformers.AutoTokenizer.from_pretrained(folder)
    model, info = transformers.AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    model = model.float().eval()
    wrong = [f"{kind} {sorted(map(str, info[kind]))}" for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") if info[kind]]
    encode = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
    path = Path(folder, "reference.json")
    reference = json.loads(path.read_text("utf-8")) if path.is_file() else {"generations": [], "encodings": []}

    prompts = {question: None for question in QUESTIONS} | {item["prompt"]: item["prompt_ids"] for item in reference["generations"]}
    for prompt, ids in prompts.items():
        text = f"<|bos|><|user|>\n{prompt}<|end|>\n<|assistant|>\n"
        got = tokenizer.apply_chat_template([{"role": "user", "content": prompt}], add_generation_prompt=True, return_dict=True)["input_ids"]
        if got != (ids or encode(text)) or tokenizer.decode(got) != text or got[0] != config.bos_token_id or config.eos_token_id not in got:
            wrong.append(f"chat template of {prompt!r}")
    wrong += [f"encoding of {item['text']!r}" for item in reference["encodings"] if encode(item["text"]) != item["ids"]]

    furthest = tokens = 0
    for item in reference["generations"]:
        prompt, ids = torch.tensor([item["prompt_ids"]]), torch.tensor(item["continuation_ids"])
        length, end = prompt.shape[1], [*ids.tolist(), config.eos_token_id].index(config.eos_token_id) + 1  # the reference goes on after the end
        with torch.no_grad():
            logits = model(torch.cat([prompt, ids[None, :-1]], 1)).logits[0, length - 1 :]
            written = model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=min(end, len(ids)))[0, length:]
        behind = (logits.max(1).values - logits[torch.arange(len(ids)), ids]).max().item()
        if not behind <= TOLERANCE or written.tolist() != ids[:end].tolist() and item["smallest_margin"] > TOLERANCE:
            wrong.append(f"greedy tokens of {item['prompt']!r}")
        differences = [(logits[step, top["ids"]] - torch.tensor(top["logits"])).abs().max().item() for step, top in enumerate(item["top5"])]
        furthest, tokens = max(furthest, *differences), tokens + len(ids)
    if wrong or furthest > TOLERANCE:
        raise ValueError("; ".join(["different", *wrong, *[f"logits by {furthest:.2e}"] * (furthest > TOLERANCE)]))
    compared = f"{len(reference['encodings'])} encodings and {tokens} greedy tokens the same, largest logit difference {furthest:.2e}"
    return f"{len(prompts)} prompts, {compared if tokens else 'no reference.json'}"


if len(sys.argv) < 2:
    sys.exit("Usage: check_transformers.py FOLDER...")
if bad := [folder for folder in sys.argv[1:] if not Path(folder, "config.json").is_file()]:
    sys.exit(f"There is no model folder at {bad[0]}.")
try:
    import jinja2, torch, transformers
except ImportError as error:
    sys.exit(f"This check needs the Python packages transformers, torch and jinja2: {error}.")
failed = False
for folder in sys.argv[1:]:
    try:
        print(f"{folder}: loads, {check(folder)}", flush=True)
    except Exception as error:
        failed = True
        print(f"{folder}: {type(error).__name__}: {' '.join(str(error).split())}", flush=True)
sys.exit(failed)
