#!/usr/bin/env python3
"""Compares this engine with a llama.cpp build on the same machine, with the same weights and as many threads.

    compare-llama-cpp.py BUILD passes --work DIR                     what a pass over one row and over eight rows costs, by number format
    compare-llama-cpp.py BUILD end-to-end --work DIR --model FOLDER  tokens a second on the built-in questions, every method of both

BUILD is a folder that llama.cpp was built in: it holds bin/ with libllama and, for end-to-end, llama-lookup, llama-lookahead and
llama-speculative-simple. Its headers are found through CMakeCache.txt, else --include names their folders. Weights are exported to GGUF
files with "bench export" and kept in the --work folder. Build this engine first: dotnet build -c Release bench.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FORMATS = {"f32": "f32", "bf16": "bf16", "q8_0": "int8", "q4_0": "int4"}  # GGUF's name, ours
ROWS = [1, 8]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="a folder that llama.cpp was built in")
    parser.add_argument("what", choices=["passes", "end-to-end"])
    parser.add_argument("--work", type=pathlib.Path, required=True, help="where GGUF files and programs go")
    parser.add_argument("--bench", type=pathlib.Path, default=HERE.parent / "bin/Release/net10.0/bench.dll", help="this engine's program")
    parser.add_argument("--include", type=pathlib.Path, nargs="+", help="the folders of llama.h and ggml.h")
    parser.add_argument("--threads", type=int, default=2, help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often both are measured in turn; 0 only prepares (%(default)s)")
    parser.add_argument("--shape", default="llama-259m", help="passes: the shape of the random weights (%(default)s)")
    parser.add_argument("--formats", default=",".join(FORMATS), help="passes: (%(default)s)")
    parser.add_argument("--context", type=int, default=128, help="passes: tokens in the cache beforehand (%(default)s)")
    parser.add_argument("--model", help="end-to-end: a model folder")
    parser.add_argument("--draft-model", help="end-to-end: the folder of a model that drafts, for both")
    parser.add_argument("--drafters", help="end-to-end: ours; by default all that have what they need")
    parser.add_argument("--budgets", default="auto,8", help="end-to-end: the most nodes of our drafts (%(default)s)")
    parser.add_argument("--drafts", default="3,8", help="end-to-end: the most tokens of llama.cpp's drafts (%(default)s)")
    parser.add_argument("--max-new-tokens", type=int, default=96, help="end-to-end: (%(default)s)")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.what == "passes":
        compare_passes(options)
    elif options.model is None:
        parser.error("end-to-end needs --model FOLDER")
    else:
        compare_end_to_end(options)


# ---- what a pass costs

def compare_passes(options):
    program = compiled(options, "llama-cpp-passes")
    print("| format | ours, tokens/s | llama.cpp | ratio (least to most) | ours, 8 rows, ms | llama.cpp | ratio (least to most) "
          "| ours, 8 rows : 1 | llama.cpp |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in options.formats.split(","):
        weights = options.work / f"{options.shape}.{name}.gguf"
        if not weights.exists():
            bench(options, "export", "--random-weights", options.shape, "--type", name, "--output", weights)
        rounds = [in_turn(index, lambda: our_passes(options, weights, FORMATS[name]), lambda: their_passes(options, program, weights))
                  for index in range(options.rounds)]
        if rounds:
            print(passes_row(name, rounds), flush=True)


def our_passes(options, weights, precision):
    results = options.work / "calibrate.json"
    bench(options, "calibrate", "--model", weights, "--precision", precision, "--threads", options.threads, "--context", options.context,
          "--rows", ",".join(map(str, ROWS)), "--json", results)
    return {row["rows"]: row["milliseconds"] for row in json.loads(results.read_text())["rows"]}


def their_passes(options, program, weights):
    lines = run(program, weights, options.threads, options.context, 21, *ROWS).splitlines()
    return {int(rows): float(milliseconds) for rows, milliseconds in (line.split() for line in lines)}


def passes_row(name, rounds):
    def time(engine, rows):
        return statistics.median(pair[engine][rows] for pair in rounds)

    cells = [name, f"{1000 / time(0, 1):.1f}", f"{1000 / time(1, 1):.1f}", spread([theirs[1] / ours[1] for ours, theirs in rounds]),
             f"{time(0, 8):.2f}", f"{time(1, 8):.2f}", spread([theirs[8] / ours[8] for ours, theirs in rounds]),
             f"{time(0, 8) / time(0, 1):.2f}", f"{time(1, 8) / time(1, 1):.2f}"]
    return "| " + " | ".join(cells) + " |"


# ---- answers to questions

def compare_end_to_end(options):
    files = {name: exported(options, options.model, name) for name in ["f32", "q8_0"]}
    draft = exported(options, options.draft_model, "q8_0") if options.draft_model else None
    greedy = compiled(options, "llama-cpp-greedy")
    check_answers(options, greedy, files["f32"])
    turns = our_answers(options, files["q8_0"], "int8")
    texts = options.work / "prompts"
    texts.mkdir(exist_ok=True)
    their_answers(options, greedy, files["q8_0"], turns, "f16", texts)
    results = {}
    for index in range(options.rounds):
        for measured in in_turn(index, lambda: our_methods(options, files["q8_0"], draft),
                                lambda: their_methods(options, greedy, files["q8_0"], draft, turns, texts)):
            for method, rates in measured.items():
                results.setdefault(method, []).append(rates)
    if results:
        print_methods(results)


def check_answers(options, greedy, weights):
    """The same single-precision weights and prompts must give the same greedy answers, with a single-precision key/value cache in both."""
    turns = our_answers(options, weights, "f32")
    pairs = list(zip(turns, their_answers(options, greedy, weights, turns, "f32")))
    same = sum(ours["answer"] == theirs["answer"] for ours, theirs in pairs)
    print(f"Greedy answers in F32: {same} of {len(pairs)} turns are the same tokens in both engines.")
    for ours, theirs in pairs:
        if ours["answer"] != theirs["answer"]:
            at = next((i for i, (a, b) in enumerate(zip(ours["answer"], theirs["answer"])) if a != b),
                      min(len(ours["answer"]), len(theirs["answer"])))
            print(f"Question {ours['question_id']}, turn {ours['turn']}: they differ first at position {at}.")


def our_answers(options, weights, precision):
    answers = options.work / "answers.jsonl"
    bench(options, "compare", "--model", weights, "--precision", precision, "--drafters", "plain", "--answers", answers,
          "--threads", options.threads, "--max-new-tokens", options.max_new_tokens)
    return [json.loads(line) for line in answers.read_text().splitlines()]


def their_answers(options, greedy, weights, turns, cache, texts=None):
    prompts = "".join(" ".join(map(str, turn["prompt"])) + "\n" for turn in turns)
    lines = run(greedy, weights, options.threads, context_length(options, turns), options.max_new_tokens, cache,
                *([texts] if texts else []), stdin=prompts).splitlines()
    return [{"prompt_time": float(prompt), "answer_time": float(time), "answer": list(map(int, ids))}
            for prompt, time, *ids in map(str.split, lines)]


def our_methods(options, weights, draft):
    measured = {}
    for budget in options.budgets.split(","):
        results = options.work / "compare.json"
        bench(options, "compare", "--model", weights, "--precision", "int8", "--threads", options.threads, "--json", results,
              "--max-new-tokens", options.max_new_tokens, *([] if budget == "auto" else ["--budget", budget]),
              *(["--draft-model", draft] if draft else []), *(["--drafters", options.drafters] if options.drafters else []))
        for row in json.loads(results.read_text())["rows"]:
            if row["task"] == "all":
                method = "ours: plain" if row["drafter"] == "plain" else f"ours: {row['drafter']}, budget {budget}"
                measured.setdefault(method, (row["tokensPerSecond"], row["tokens"] / (row["seconds"] - row["prefillSeconds"])))
    return measured


def their_methods(options, greedy, weights, draft, turns, texts):
    answers = their_answers(options, greedy, weights, turns, "f16")  # llama.cpp's default
    measured = {"llama.cpp: plain": rates(
        (len(answer["answer"]), answer["prompt_time"], answer["answer_time"]) for answer in answers)}
    for most in options.drafts.split(","):
        measured[f"llama.cpp: lookup, {most} tokens"] = tool(
            options, turns, texts, "llama-lookup", "-m", weights, *drafting(options, "llama-lookup", most))
        if draft:
            measured[f"llama.cpp: speculative, {most} tokens"] = tool(
                options, turns, texts, "llama-speculative-simple", "-m", weights, "-md", draft,
                *drafting(options, "llama-speculative-simple", most), "-td", options.threads)
    older = "--spec-draft-n-max" not in said_options(options, "llama-lookahead")  # it did not make room for its sequences itself
    measured["llama.cpp: lookahead"] = tool(
        options, turns, texts, "llama-lookahead", "-m", weights, *(["-np", 31, "-kvu"] if older else []))
    return measured


def drafting(options, name, most):
    """How a program is told to draft, as it spells it: builds before and after llama.cpp renamed its options."""
    known = said_options(options, name)
    kind = ["--spec-type", "draft-simple"] if name == "llama-speculative-simple" and "--spec-type" in known else []
    return [*kind, "--spec-draft-n-max" if "--spec-draft-n-max" in known else "--draft-max", most]


def said_options(options, name):
    return subprocess.run([options.build / "bin" / name, "--help"], capture_output=True, text=True).stdout


def tool(options, turns, texts, name, *arguments):
    """Runs one of llama.cpp's programs on every prompt. Its own figures count: loading and warming up are not in them."""
    found = []
    for index, turn in enumerate(turns):
        (prompt, prompt_time), (answer, answer_time) = figures(
            options.build / "bin" / name, *arguments, "-f", texts / f"{index}.txt", "--no-escape", "-t", options.threads,
            "-n", options.max_new_tokens - 1, "-c", context_length(options, turns), "--temp", 0, "--samplers", "top_k", "--top-k", 1)
        if int(prompt) != len(turn["prompt"]):
            sys.exit(f"{name} read {prompt} tokens where the prompt has {len(turn['prompt'])}.")
        found.append((int(answer), float(prompt_time), float(answer_time)))
    return rates(found)


def figures(*command):
    """The tokens and seconds that a program of llama.cpp gives for prompt and answer. It sometimes ends before it has written them."""
    for _ in range(10):
        if found := re.findall(r"(?:en|de)coded +(\d+) tokens in +([\d.]+) seconds", run(*command)):
            return found
    sys.exit(f"{pathlib.Path(command[0]).name} ended ten times without its figures.")


def context_length(options, turns):
    """Room for a prompt, its answer, and the rows that are checked and dropped again: lookahead has 120 of them."""
    return -(-(max(len(turn["prompt"]) for turn in turns) + options.max_new_tokens + 256) // 256) * 256


def rates(turns):
    """Tokens a second of (tokens, seconds of the prompt, seconds of the answer): over all time, and over the answers' alone."""
    tokens, prompts, answers = map(sum, zip(*turns))
    return tokens / (prompts + answers), tokens / answers


def print_methods(results):
    print("| method | tokens/s (least to most) | without prompts |\n|---|---:|---:|")
    for method, measured in results.items():
        total, answers = map(list, zip(*measured))
        print(f"| {method} | {spread(total, '.1f')} | {spread(answers, '.1f')} |")
    best = {who: max((statistics.median(rate[0] for rate in measured), method) for method, measured in results.items()
                     if method.startswith(who)) for who in ["ours", "llama.cpp"]}
    print(f"Best: {best['ours'][1]} has {best['ours'][0] / best['llama.cpp'][0]:.2f} times the tokens/s of {best['llama.cpp'][1]}.")


# ---- running programs

def exported(options, folder, name):
    target = options.work / f"{pathlib.Path(folder).resolve().name}.{name}.gguf"
    bench(options, "export", "--model", folder, "--type", name, "--output", target)  # again each time: the folder may have changed
    return target


def compiled(options, name):
    """Compiles one of our programs against the build's headers and library."""
    target = options.work / name
    libraries = (options.build / "bin").resolve()
    run("cc", "-O3", "-march=native", "-Wall", "-Wextra", HERE / f"{name}.c", *(f"-I{folder}" for folder in include_folders(options)),
        f"-L{libraries}", f"-Wl,-rpath,{libraries}", "-Wl,--allow-shlib-undefined", "-lllama", "-o", target)
    return target.resolve()


def include_folders(options):
    if options.include:
        return options.include
    cache = options.build / "CMakeCache.txt"
    source = re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.+)$", cache.read_text(), re.MULTILINE) if cache.exists() else None
    if source is None:
        sys.exit(f"{cache} does not say where the sources are: give --include and the folders of llama.h and ggml.h.")
    return [pathlib.Path(source[1], "include"), pathlib.Path(source[1], "ggml/include")]


def bench(options, *arguments):
    if not options.bench.exists():
        sys.exit(f"{options.bench} does not exist: build it with dotnet build -c Release bench, or give --bench.")
    run("dotnet", options.bench, *arguments)


def run(*command, stdin=None):
    """Runs a program and returns all it wrote; one that fails ends the comparison with what it said."""
    done = subprocess.run([str(part) for part in command], input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        sys.exit(f"{pathlib.Path(command[0]).name} ended with exit code {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def in_turn(index, ours, theirs):
    """Measures both, now one first and now the other; returns ours and theirs."""
    if index % 2 == 0:
        return ours(), theirs()
    return tuple(reversed((theirs(), ours())))


def spread(values, form=".2f"):
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


if __name__ == "__main__":
    main()
