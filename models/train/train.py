#!/usr/bin/env python3
"""Trains one of the embedded models with PyTorch: on a GPU as it is meant, on a CPU for a smoke run.

train.py MODEL WORK --tokens N [--minutes M] [--positions P] [--rate R] [--decay SHARE] [--seed S]
         [--start FOLDER | --teacher FOLDER] [--answers FILE,...] [--avoid FILE] [--device cuda|cpu] [--fresh]

WORK holds what `prepare` wrote. The schedule counts tokens and the order of the data follows from the seed, so a run does not depend on
how it is cut: after M minutes, or on Ctrl+C, it saves and stops, and the same command goes on. The result, WORK/final.bin, is a
checkpoint as the C# trainer writes it: `export` makes the model folder, and `reply` the answers for --answers and --avoid.
"""
import argparse, contextlib, csv, json, math, random, signal, struct, sys, time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint as recompute

HERE = Path(__file__).resolve().parent
MAGIC, ROW_LENGTHS, WARM_UP_STEPS, LOGIT_ROWS = 0x31545453, (256, 512, 1024, 2048), 100, 8192
PROMPT_WEIGHT, AVOID_EVERY, LARGEST_ODDS, SAVE_EVERY, REPORT_BATCHES = 0.4, 2, 8.0, 180, 8
REPEATED = 3  # the role of a token that ends a 4-gram said before
BETA1, BETA2, EPSILON, DECAY = 0.9, 0.95, 1e-8, 0.1


class BadInput(Exception):
    pass


# ---- data: the documents that `prepare` and `reply` write ------------------------------------------------------------------------


def read_documents(path, vocabulary):
    """[(ids, roles)], both int64 tensors."""
    if not path.exists():
        raise BadInput(f"{path} is missing: run `prepare` first, or `reply` for a file of answers.")
    data, at, documents = path.read_bytes(), 4, []
    try:
        for _ in range(struct.unpack_from("<i", data)[0]):
            length = data[at]  # of the category's name, which is shorter than 128 bytes
            (count,) = struct.unpack_from("<i", data, at + 1 + length)
            at += 5 + length
            if length > 127 or count < 1 or at + 2 * count > len(data):
                raise BadInput(f"{path} ends, or is damaged, at byte {at}: write it again.")
            values = torch.frombuffer(bytearray(data[at : at + 2 * count]), dtype=torch.int16).long() & 0xFFFF
            documents.append((values & 0x3FFF, values >> 14))
            at += 2 * count
    except (struct.error, IndexError):
        raise BadInput(f"{path} ends, or is damaged, at byte {at}: write it again.") from None
    largest = max((int(ids.max()) for ids, _ in documents), default=-1)
    if not 0 <= largest < vocabulary:
        raise BadInput(f"{path} holds token {largest}, the tokenizer has {vocabulary}: prepare both together.")
    if max(len(ids) for ids, _ in documents) > ROW_LENGTHS[-1]:
        raise BadInput(f"{path} holds a document of more than {ROW_LENGTHS[-1]} tokens.")
    return documents


def pack(documents, length, shuffle):
    """Whole documents into rows: each goes to the first open row with room, the fullest of many open rows is closed."""
    rows, opened = [], []
    for document in documents:
        size = len(document[0])
        row = next((row for row in opened if row[0] + size <= length), None)
        if row is None:
            opened.append(row := [0, []])
        row[0] += size
        row[1].append(document)
        if len(opened) > 32:
            fullest = max(range(len(opened)), key=lambda i: opened[i][0])
            rows.append(opened.pop(fullest)[1])
    rows += [row[1] for row in opened]
    shuffle(rows)
    return rows


def plan(documents, positions, seed):
    """The batches of an epoch: (row length, rows). A document lies in the shortest rows that hold it; shorter ones fill what is left."""
    shuffle = random.Random(seed).shuffle
    rest, batches = list(documents), []
    shuffle(rest)
    for length, below in zip(ROW_LENGTHS[::-1], (*ROW_LENGTHS[-2::-1], 0)):
        longer, rest = [d for d in rest if len(d[0]) > below], [d for d in rest if len(d[0]) <= below]
        room, mean = sum(length - len(d[0]) for d in longer if len(d[0]) > length // 2), sum(len(d[0]) for d in rest) // max(1, len(rest))
        fillers = min(len(rest), room // max(1, mean))
        pool, rest = longer + rest[:fillers], rest[fillers:]
        shuffle(pool)
        rows, step = pack(pool, length, shuffle), max(1, positions // length)
        batches += [(length, rows[i : i + step]) for i in range(0, len(rows), step)]
    shuffle(batches)
    return batches


def build(batch, weights_of_roles, device):
    """ids, targets, weights and document numbers, [rows, length] each; a padded place has weight 0."""
    length, rows = batch
    ids, targets, numbers = (torch.zeros(len(rows), length, dtype=torch.long) for _ in range(3))
    weights = torch.zeros(len(rows), length)
    for row, documents in enumerate(rows):
        at = 0
        for number, (tokens, roles) in enumerate(documents, 1):
            end = at + len(tokens)
            ids[row, at:end], numbers[row, at:end] = tokens, number
            targets[row, at : end - 1], weights[row, at : end - 1] = tokens[1:], weights_of_roles[roles[1:]]
            at = end
    return [x.to(device, non_blocking=True) for x in (ids, targets, weights, numbers)]


# ---- the model: as Llama.cs, parameters under the same names in the same order ---------------------------------------------------


class Llama(torch.nn.Module):
    def __init__(self, shape, vocabulary, context, seed=1):
        super().__init__()
        self.shape, hidden, layers = shape, shape["hidden"], shape["layers"]
        self.query, self.key = shape["heads"] * shape["headSize"], shape["keyValueHeads"] * shape["headSize"]
        generator = torch.Generator().manual_seed(seed)
        normal = lambda rows, columns, deviation: torch.randn(rows, columns, generator=generator) * deviation
        usual, residual = lambda columns: 0.6 / math.sqrt(columns), 1 / math.sqrt(2 * layers)
        self.named = {"embed": normal(vocabulary, hidden, 0.02)}
        for layer in range(layers):
            self.named |= {
                f"{layer}.attention_norm": torch.ones(hidden),
                f"{layer}.query_key_value": normal(self.query + 2 * self.key, hidden, usual(hidden)),
                f"{layer}.output": normal(hidden, self.query, usual(self.query) * residual),
                f"{layer}.feed_forward_norm": torch.ones(hidden),
                f"{layer}.gate_up": normal(2 * shape["feedForward"], hidden, usual(hidden)),
                f"{layer}.down": normal(hidden, shape["feedForward"], usual(shape["feedForward"]) * residual),
            }
        self.named["norm"] = torch.ones(hidden)
        self.named = {name: torch.nn.Parameter(value) for name, value in self.named.items()}
        for name, parameter in self.named.items():
            self.register_parameter(name.replace(".", "_"), parameter)
        frequency = 10000 ** (-torch.arange(0, shape["headSize"], 2).float() / shape["headSize"])
        angle = torch.outer(torch.arange(context).float(), frequency).repeat(1, 2)[:, None]
        self.register_buffer("cos", angle.cos())
        self.register_buffer("sin", angle.sin())

    def forward(self, ids, numbers, after):
        """The final norm of the residual rows after each of the layers `after`, counted from 1."""
        length = ids.shape[1]
        visible = (numbers[:, :, None] == numbers[:, None]) & torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()
        x, states = F.embedding(ids, self.named["embed"]), []
        for layer in range(max(after)):
            weight = lambda name: self.named[f"{layer}.{name}"]
            x = x + F.linear(self.attend(norm(x, weight("attention_norm")), weight("query_key_value"), visible[:, None]), weight("output"))
            gate, up = F.linear(norm(x, weight("feed_forward_norm")), weight("gate_up")).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, weight("down"))
            if layer + 1 in after:
                states.append(norm(x, self.named["norm"]))
        return states

    def attend(self, x, weight, visible):
        batch, length, size = *x.shape[:2], self.shape["headSize"]
        groups = self.shape["heads"] // self.shape["keyValueHeads"]
        query, key, value = F.linear(x, weight).split((self.query, self.key, self.key), -1)
        query, key, value = (part.view(batch, length, -1, size) for part in (query, key, value))
        query, key = self.rotate(query), self.rotate(key)
        key, value = key.repeat_interleave(groups, 2), value.repeat_interleave(groups, 2)
        query, key, value = (part.transpose(1, 2) for part in (query.to(value.dtype), key.to(value.dtype), value))
        if hasattr(F, "scaled_dot_product_attention"):
            mixed = F.scaled_dot_product_attention(query, key, value, visible)
        else:  # PyTorch 1
            scores = (query @ key.transpose(-1, -2) / math.sqrt(size)).masked_fill(~visible, -math.inf)
            mixed = scores.softmax(-1).to(value.dtype) @ value
        return mixed.transpose(1, 2).reshape(batch, length, self.query)

    def rotate(self, x):
        """The first half of a head is paired with its second half."""
        length, (first, second) = x.shape[1], x.float().chunk(2, -1)
        return x.float() * self.cos[:length] + torch.cat((-second, first), -1) * self.sin[:length]


def norm(x, weight):
    x = x.float()
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * weight


# ---- losses ----------------------------------------------------------------------------------------------------------------------


def head_loss(hidden, embedding, targets, weights, taught):
    """
    The weighted sum of cross entropies against targets, or against a teacher's distributions (its hidden rows and embedding). A negative
    weight pushes its token away: unlikelihood, arXiv 1908.04319, its odds bounded.
    """
    logs = F.log_softmax(F.linear(hidden, embedding).float(), -1)
    chosen = logs.gather(1, targets[:, None])[:, 0]
    if taught is None:
        wanted = -chosen
    else:
        wanted = -(F.softmax(F.linear(*taught).float(), -1) * logs).sum(-1)
    odds = (chosen.exp() / (1 - chosen.exp() + 1e-6)).clamp(max=LARGEST_ODDS).detach()
    return (weights.clamp(min=0) * wanted).sum() + (-weights.clamp(max=0) * odds * chosen).sum()


def chunked_loss(hidden, embedding, targets, weights, taught):
    """As head_loss, some rows of logits at a time, which are computed again for the gradient: the whole batch's never exist."""
    total = hidden.new_zeros((), dtype=torch.float32)
    for part in range(0, len(hidden), LOGIT_ROWS):
        cut = slice(part, part + LOGIT_ROWS)
        known = None if taught is None else (taught[0][cut], taught[1])
        total = total + recompute(head_loss, hidden[cut], embedding, targets[cut], weights[cut], known, use_reentrant=False)
    return total


def batch_loss(model, forward, batch, exits, step, teacher):
    """The mean loss after the last layer, with the exits' on a part of the rows each, and the loss of the last layer alone."""
    ids, targets, weights, numbers = batch
    states = forward(ids, numbers, exits)
    known = None
    if teacher is not None:
        with torch.no_grad():
            known = teacher(ids, numbers, [teacher.shape["layers"]])[0]
    rows, share = len(ids), max(1, len(ids) // model.shape["exitShare"])
    total, shown = 0.0, 0.0
    for index, state in enumerate(states):
        last = index == len(states) - 1
        first, taken = (0, rows) if last else ((step * len(exits) + index) * share % (rows - share + 1), share)
        cut = slice(first, first + taken)
        count = weights[cut].abs().sum()
        if count == 0:
            continue
        taught = None if known is None else (known[cut].flatten(0, 1), teacher.named["embed"])
        loss = chunked_loss(state[cut].flatten(0, 1), model.named["embed"], targets[cut].flatten(), weights[cut].flatten(), taught) / count
        total = total + loss * (1 if last else model.shape["exitWeight"])
        shown = loss.detach() if last else shown
    return total, shown


# ---- the run ---------------------------------------------------------------------------------------------------------------------


class Run:
    def __init__(self, options):
        self.options, self.work = options, Path(options.work)
        shapes = json.loads((HERE / "shapes.json").read_text())
        if options.model not in shapes["models"]:
            raise BadInput(f"'{options.model}' is no model: expected one of {', '.join(shapes['models'])}.")
        self.vocabulary, self.context = vocabulary_of(self.work), shapes["context"]
        self.device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.shape, self.shapes = shapes["models"][options.model], shapes["models"]
        self.model = Llama(self.shape, self.vocabulary, self.context, options.seed).to(self.device)
        self.exits = [*self.shape["exits"], self.shape["layers"]]
        self.teacher = self.read_teacher(options.teacher) if options.teacher else None
        documents = read_documents(self.work / "training.bin", self.vocabulary)
        for path in filter(None, (options.answers or "").split(",")):
            documents += read_documents(Path(path), self.vocabulary)
        self.documents = documents
        self.validation = plan(read_documents(self.work / "validation.bin", self.vocabulary), options.positions, 0)
        self.avoided = []
        if options.avoid:
            repeating = [d for d in read_documents(Path(options.avoid), self.vocabulary) if bool((d[1] == REPEATED).any())]
            self.avoided = plan(repeating, options.positions, 0)
        self.first = {name: torch.zeros_like(p) for name, p in self.model.named.items()}
        self.second = {name: torch.zeros_like(p) for name, p in self.model.named.items()}
        self.step, self.tokens, self.epoch, self.batch, self.seconds = 0, 0, 0, 0, 0.0
        self.resumed = not options.fresh and (self.work / "checkpoint.bin").exists()
        if self.resumed:
            self.load(self.work / "checkpoint.bin")
        elif options.start:
            self.read_folder(self.model, Path(options.start))
        self.forward = torch.compile(self.model, dynamic=False) if self.device.type == "cuda" and hasattr(torch, "compile") else self.model
        self.stopping = False

    def run(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(self, "stopping", True))
        options, started, before, saved = self.options, time.monotonic(), self.seconds, time.monotonic()
        reported, losses, counted = self.tokens, [], self.tokens
        if not self.resumed:
            write_row(self.work, LOSS_COLUMNS, fresh=True)
        print(f"{options.model}: {sum(p.numel() for p in self.model.parameters()) / 1e6:.1f} million parameters on {self.device}; "
              f"{self.tokens:,} of {options.tokens:,} tokens done", flush=True)
        while self.tokens < options.tokens and not self.stopping:
            batches = plan(self.documents, options.positions, (options.seed << 20) + self.epoch)
            while self.batch < len(batches) and self.tokens < options.tokens and not self.stopping:
                losses.append(self.take_step(batches[self.batch]))
                self.seconds = before + time.monotonic() - started
                if self.step % 50 == 0:
                    print(f"{self.seconds:7.0f} s  step {self.step:6}  tokens {self.tokens:11,}  rate {self.rate():.2e}  "
                          f"loss {sum(map(float, losses)) / len(losses):.3f}", flush=True)
                if self.tokens - reported >= max(options.tokens // 50, REPORT_BATCHES * 4 * options.positions):
                    self.report(losses, (self.tokens - counted) / max(1e-9, time.monotonic() - started), REPORT_BATCHES)
                    losses, reported = [], self.tokens
                if time.monotonic() - saved > SAVE_EVERY:
                    self.save("checkpoint.bin")
                    saved = time.monotonic()
                self.stopping |= options.minutes > 0 and time.monotonic() - started > 60 * options.minutes
            if self.batch == len(batches):
                self.epoch, self.batch = self.epoch + 1, 0
        self.save("checkpoint.bin")
        if self.tokens < options.tokens:
            print(f"stopped after {self.tokens:,} of {options.tokens:,} tokens; the same command goes on")
            return
        self.report(losses, (self.tokens - counted) / max(1e-9, time.monotonic() - started),
                    len(self.validation) if self.device.type == "cuda" else REPORT_BATCHES)
        self.save("final.bin")
        print(f"done: {self.work / 'final.bin'}")

    def take_step(self, rows):
        weights = torch.tensor([PROMPT_WEIGHT, 1.0, 1.0, 1.0])
        batch = build(rows, weights, self.device)
        with self.mixed():
            loss, shown = batch_loss(self.model, self.forward, batch, self.exits, self.step, self.teacher)
        loss.backward()
        if self.avoided and self.step % AVOID_EVERY == 0:
            away = build(self.avoided[self.step // AVOID_EVERY % len(self.avoided)], torch.tensor([0.0, 0.0, 0.0, -1.0]), self.device)
            with self.mixed():
                batch_loss(self.model, self.forward, away, self.exits, self.step, None)[0].backward()
        rate = self.rate()
        self.step, self.batch, self.tokens = self.step + 1, self.batch + 1, self.tokens + sum(len(ids) for row in rows[1] for ids, _ in row)
        self.update(rate)
        return shown

    def rate(self):
        """Warm-up over 100 steps, then constant, then falling to 2 % over the last share of the tokens."""
        left = (self.options.tokens - self.tokens) / (self.options.tokens * self.options.decay)
        return self.options.rate * min((self.step + 1) / WARM_UP_STEPS, max(0.02, min(1.0, left)))

    @torch.no_grad()
    def update(self, rate):
        """AdamW with a clipped global norm; weight decay on the layers' matrices. As AdamW.cs."""
        named = self.model.named
        gradients = [p.grad for p in named.values()]
        norm = torch.sqrt(sum(g.float().square().sum() for g in gradients))
        clip = torch.clamp(1 / (norm + 1e-6), max=1)
        for gradient in gradients:
            gradient.mul_(clip)
        first, second, parameters = list(self.first.values()), list(self.second.values()), list(named.values())
        torch._foreach_mul_(first, BETA1)
        torch._foreach_add_(first, gradients, alpha=1 - BETA1)
        torch._foreach_mul_(second, BETA2)
        torch._foreach_addcmul_(second, gradients, gradients, 1 - BETA2)
        torch._foreach_mul_([p for name, p in named.items() if name != "embed" and p.dim() == 2], 1 - rate * DECAY)
        roots = torch._foreach_sqrt(second)
        torch._foreach_div_(roots, math.sqrt(1 - BETA2**self.step))
        torch._foreach_add_(roots, EPSILON)
        torch._foreach_addcdiv_(parameters, first, roots, -rate / (1 - BETA1**self.step))
        for parameter in parameters:
            parameter.grad = None

    def mixed(self):
        return torch.autocast("cuda", dtype=torch.bfloat16) if self.device.type == "cuda" else contextlib.nullcontext()

    @torch.no_grad()
    def evaluate(self, batches):
        """Mean held-out loss of all tokens after the last layer, and of answers after each exit."""
        answers = everything = total = 0.0
        sums = [0.0] * len(self.exits)
        for rows in self.validation[:batches]:
            ids, targets, weights, numbers = build(rows, torch.tensor([0.5, 0.5, 1.0, 1.0]), self.device)
            answer, any_ = (weights == 1).float().flatten(), (weights > 0).float().flatten()
            with self.mixed():
                states = self.model(ids, numbers, self.exits)
                losses = [chunked_loss(s.flatten(0, 1), self.model.named["embed"], targets.flatten(), answer, None) for s in states]
                total += float(chunked_loss(states[-1].flatten(0, 1), self.model.named["embed"], targets.flatten(), any_, None))
            answers, everything = answers + float(answer.sum()), everything + float(any_.sum())
            sums = [s + float(loss) for s, loss in zip(sums, losses)]
        return total / everything, [s / answers for s in sums]

    def report(self, losses, rate, batches):
        everything, answers = self.evaluate(batches)
        by_exit = " ".join(f"{loss:.4f}" for loss in answers)
        mean = sum(map(float, losses)) / max(1, len(losses))
        write_row(self.work, [f"{self.seconds:.0f}", self.step, self.tokens, self.epoch, f"{self.rate():.2E}", f"{mean:.4f}", f"{everything:.4f}", by_exit, f"{rate:.0f}"])
        print(f"-- validation: all tokens {everything:.3f}; answers after layers {' '.join(map(str, self.exits))}: {by_exit}; {rate:.0f} tokens/s", flush=True)

    def tensors(self):
        return [*self.model.named.values(), *self.first.values(), *self.second.values()]

    def save(self, name):
        partial = self.work / (name + ".part")
        with partial.open("wb") as file:
            file.write(struct.pack("<iqqiid", MAGIC, self.step, self.tokens, self.epoch, self.batch, self.seconds))
            for tensor in self.tensors():
                file.write(tensor.detach().float().cpu().contiguous().numpy().tobytes())
        partial.replace(self.work / name)

    def load(self, path):
        data, head = path.read_bytes(), struct.calcsize("<iqqiid")
        expected = head + 4 * sum(t.numel() for t in self.tensors())
        if len(data) != expected or struct.unpack_from("<i", data)[0] != MAGIC:
            raise BadInput(f"{path} is not a checkpoint of '{self.options.model}': expected {expected} bytes, found {len(data)}. --fresh begins anew.")
        _, self.step, self.tokens, self.epoch, self.batch, self.seconds = struct.unpack_from("<iqqiid", data)
        at = head
        with torch.no_grad():
            for tensor in self.tensors():
                values = torch.frombuffer(bytearray(data[at : at + 4 * tensor.numel()]), dtype=torch.float32)
                tensor.copy_(values.view(tensor.shape))
                at += 4 * tensor.numel()

    def read_teacher(self, folder):
        config = json.loads(folder_file(Path(folder), "config.json").read_text())
        sizes = ("hidden", "hidden_size"), ("layers", "num_hidden_layers"), ("feedForward", "intermediate_size")
        shape = next((s for s in self.shapes.values() if all(s[ours] == config[theirs] for ours, theirs in sizes)), None)
        if shape is None or config["vocab_size"] != self.vocabulary:
            raise BadInput(f"{folder}: expected a model of shapes.json with {self.vocabulary} tokens.")
        teacher = Llama(shape, self.vocabulary, self.context).to(self.device).requires_grad_(False)
        self.read_folder(teacher, Path(folder))
        return teacher

    def read_folder(self, model, folder):
        """Fills a model from the safetensors of a model folder, the fused matrices from their parts."""
        weights = read_safetensors(folder_file(folder, "model.safetensors"))
        values = {"embed": weights["model.embed_tokens.weight"], "norm": weights["model.norm.weight"]}
        for layer in range(model.shape["layers"]):
            part = lambda *names: torch.cat([weights[f"model.layers.{layer}.{name}.weight"] for name in names])
            values |= {
                f"{layer}.attention_norm": part("input_layernorm"),
                f"{layer}.query_key_value": part("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
                f"{layer}.output": part("self_attn.o_proj"),
                f"{layer}.feed_forward_norm": part("post_attention_layernorm"),
                f"{layer}.gate_up": part("mlp.gate_proj", "mlp.up_proj"),
                f"{layer}.down": part("mlp.down_proj"),
            }
        with torch.no_grad():
            for name, parameter in model.named.items():
                if parameter.shape != values[name].shape:
                    raise BadInput(f"{folder}: {name} is {tuple(values[name].shape)}, expected {tuple(parameter.shape)}.")
                parameter.copy_(values[name])


LOSS_COLUMNS = "seconds,step,tokens,epoch,rate,train_loss,validation_loss,validation_answer_loss_by_exit,tokens_per_second".split(",")


def write_row(work, row, fresh=False):
    with (work / "loss.csv").open("w" if fresh else "a", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)


def vocabulary_of(work):
    tokenizer = json.loads(folder_file(work, "tokenizer.json").read_text("utf-8"))
    ids = set(tokenizer["model"]["vocab"].values()) | {token["id"] for token in tokenizer["added_tokens"]}
    return max(ids) + 1


def folder_file(folder, name):
    path = folder / name
    if not path.exists():
        raise BadInput(f"{path} is missing.")
    return path


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            kind = {"BF16": torch.bfloat16, "F16": torch.float16, "F32": torch.float32}[entry["dtype"]]
            tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=kind).view(entry["shape"]).float()
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("work")
    parser.add_argument("--tokens", type=lambda text: int(float(text)), required=True)
    parser.add_argument("--minutes", type=float, default=0, help="stop this call after so many minutes; 0: never")
    parser.add_argument("--positions", type=int, default=65536, help="positions a step")
    parser.add_argument("--rate", type=float, default=2e-3, help="the peak learning rate")
    parser.add_argument("--decay", type=float, default=0.5, help="the last share of the tokens, over which the rate falls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", help="a model folder of the same sizes to start from")
    parser.add_argument("--teacher", help="a model folder whose distributions are learnt instead of the next tokens")
    parser.add_argument("--answers", help="files of replies that are learnt along with the mix, separated by commas")
    parser.add_argument("--avoid", help="replies whose repetitions are to be unlearnt")
    parser.add_argument("--device", choices=["cuda", "cpu"])
    parser.add_argument("--fresh", action="store_true", help="begin anew even where a checkpoint lies")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    try:
        if options.positions < ROW_LENGTHS[-1] or not 0 < options.decay <= 1 or options.tokens < 1:
            raise BadInput(f"Expected at least {ROW_LENGTHS[-1]} positions, a decay above 0 up to 1, and at least one token.")
        Run(options).run()
    except BadInput as error:
        sys.exit(f"train.py: {error}")


if __name__ == "__main__":
    main()
