"""The shakespeare_char run on a CPU in PyTorch: python nanogpt_char.py TEXT [--iterations N] [--seed S].

4 layers, 4 heads, 128 wide, block 64, batch 12, 2,000 iterations, AdamW 1e-3 -> 1e-4 (cosine, warmup 100), betas (.9, .99), weight
decay .1 on matrices, clip 1, no dropout. Evaluates 20 random batches of both parts every 250 iterations, as the recipe
does, and at the end the whole validation part in disjoint windows. The last line is `result {json}`.
"""

import argparse
import json
import math
import time

import torch
import torch.nn.functional as F

from gpt import Gpt, adamw

LAYERS, HEADS, WIDTH, BLOCK, BATCH = 4, 4, 128, 64, 12
PEAK, END, WARMUP, EVAL_EVERY, EVAL_BATCHES = 1e-3, 1e-4, 100, 250, 20


def load(path: str) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Token ids of the first 90 % of the characters and of the rest, and the vocabulary's size."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    ids = {c: i for i, c in enumerate(sorted(set(text)))}
    data, cut = torch.tensor([ids[c] for c in text]), int(0.9 * len(text))
    return data[:cut], data[cut:], len(ids)


def model_for(vocab: int) -> Gpt:
    """N(0, .02) everywhere, residual projections smaller by sqrt(2 layers)."""
    model = Gpt(LAYERS, WIDTH, HEADS, BLOCK, vocab)
    for name, p in model.named_parameters():
        if p.dim() == 2:
            scaled = name.endswith("c_proj.weight")
            torch.nn.init.normal_(p, std=0.02 / math.sqrt(2 * LAYERS) if scaled else 0.02)
    return model


def batch(data: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    starts = torch.randint(len(data) - BLOCK, (BATCH,))
    rows = torch.stack([data[s : s + BLOCK + 1] for s in starts])
    return rows[:, :-1].contiguous(), rows[:, 1:].contiguous()


def rate(step: int, total: int) -> float:
    if step < WARMUP:
        return PEAK * (step + 1) / (WARMUP + 1)
    return END + 0.5 * (1 + math.cos(math.pi * min(1.0, (step - WARMUP) / max(1, total - WARMUP)))) * (PEAK - END)


@torch.inference_mode()
def sampled_loss(model: Gpt, data: torch.Tensor) -> float:
    return sum(model(*batch(data)).item() for _ in range(EVAL_BATCHES)) / EVAL_BATCHES


@torch.inference_mode()
def whole_loss(model: Gpt, data: torch.Tensor) -> float:
    """Mean over every target of the disjoint windows of BLOCK tokens, a shorter last one included."""
    total = 0.0
    for start in range(0, len(data) - 1, BLOCK * 64):
        chunk = data[start : start + BLOCK * 64 + 1]
        whole = (len(chunk) - 1) // BLOCK * BLOCK
        for ids, targets in ((chunk[:whole], chunk[1 : whole + 1]), (chunk[whole:-1], chunk[whole + 1 :])):
            if len(targets) > 0:
                logits = model.logits(ids.view(-1, min(BLOCK, len(ids))))
                total += F.cross_entropy(logits.view(-1, logits.shape[-1]), targets, reduction="sum").item()
    return total / (len(data) - 1)


def train(model: Gpt, parts: dict[str, torch.Tensor], iterations: int) -> None:
    optimizer = adamw(model, PEAK, 0.99, fused=False)
    for step in range(iterations + 1):
        if step % EVAL_EVERY == 0 or step == iterations:
            losses = "  ".join(f"{name} {sampled_loss(model, data):.4f}" for name, data in parts.items())
            print(f"step {step:5d}  {losses}", flush=True)
        if step == iterations:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate(step, iterations)
        loss = model(*batch(parts["train"]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("text")
    parser.add_argument("--iterations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1337)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    train_part, val_part, vocab = load(options.text)
    model = model_for(vocab)
    start = time.perf_counter()
    train(model, {"train": train_part, "val": val_part}, options.iterations)
    trained = time.perf_counter()
    val_loss = whole_loss(model, val_part)
    seconds = trained - start
    print("result " + json.dumps({
        "valLoss": round(val_loss, 4),
        "seconds": round(seconds, 2),
        "evalSeconds": round(time.perf_counter() - trained, 2),
        "tokensPerSecond": round(options.iterations * BATCH * BLOCK / seconds),
        "params": sum(p.numel() for p in model.parameters()),
    }))


if __name__ == "__main__":
    main()
