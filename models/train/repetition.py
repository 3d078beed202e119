#!/usr/bin/env python3
"""How much a model's answers repeat themselves: the share of their tokens that lie in a 4-gram which the same answer holds more than once.

repetition.py MODEL ANSWERS [QUESTIONS | VALIDATION]

ANSWERS is what `bench compare --answers` writes. With QUESTIONS (questions.jsonl) it also gives the share by task and writes out the first
three answers of each category, for a model card; with VALIDATION (validation.bin) the same share of people's answers, cut to 96 tokens.
"""
import json, struct, sys
from collections import defaultdict
from pathlib import Path

from check import Tokenizer

GRAM, LONGEST, ROLE_BIT = 4, 96, 1 << 14


def repeated(answer):
    seen, positions = defaultdict(list), set()
    for i in range(len(answer) - GRAM + 1):
        seen[tuple(answer[i : i + GRAM])].append(i)
    for starts in seen.values():
        if len(starts) > 1:
            positions.update(i + k for i in starts[1:] for k in range(GRAM))
    return len(positions)


def describe(name, answers, end):
    tokens, count = sum(map(len, answers)), sum(map(repeated, answers))
    ended = sum(answer[-1:] == [end] for answer in answers)
    return f"{name:16} {100 * count / max(1, tokens):5.1f} % of {tokens} tokens repeated; {ended} of {len(answers)} answers ended"


def people(path):
    """The answers of a file of documents, as the trainer keeps them: a role in the upper two bits of each token."""
    data, at, answers = path.read_bytes(), 4, []
    for _ in range(struct.unpack_from("<i", data)[0]):
        at += 1 + data[at]
        (length,) = struct.unpack_from("<i", data, at)
        answer = []
        for value in (*struct.unpack_from(f"<{length}H", data, at + 4), 0):
            if value // ROLE_BIT:
                answer.append(value % ROLE_BIT)
            elif answer:
                answers.append(answer[:LONGEST])
                answer = []
        at += 4 + 2 * length
    return answers


def main(model, path, other=None):
    tokenizer = Tokenizer(Path(model) / "tokenizer.json")
    end = tokenizer.added["<|end|>"]
    turns = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
    print(describe("all", [turn["answer"] for turn in turns], end))
    if other and other.endswith(".bin"):
        print(describe("people", people(Path(other)), end))
    elif other:
        questions = {q["question_id"]: q for q in map(json.loads, Path(other).read_text("utf-8").splitlines())}
        tasks = defaultdict(list)
        for turn in turns:
            tasks[questions[turn["question_id"]]["category"]].append(turn)
        for task, asked in tasks.items():
            print(describe(task, [turn["answer"] for turn in asked], end))
        for task, asked in tasks.items():
            print(f"\n{task}:\n")
            for turn in [turn for turn in asked if turn["turn"] == 1][:3]:
                prompt = questions[turn["question_id"]]["turns"][0].replace("\n", " ")
                said = tokenizer.decode([id for id in turn["answer"] if id != end]).replace("\n", "\n    ")
                print(f"    > {prompt[:150]}{'...' if len(prompt) > 150 else ''}\n    {said}\n")


if __name__ == "__main__":
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
