"""One GPT training step in PyTorch; variants eager, fused (fused AdamW), compile (torch.compile), cuda, cuda-f16, cuda-compile."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "fixtures"))
from gpt import Gpt, adamw
from hashed import hashed, tokens
from protocol import serve


def initial(model: Gpt) -> None:
    """The same initial values as every engine: parameter n is stream n in the order of src/model/gpt.ts."""
    for n, parameter in enumerate(model.parameters()):
        shape = tuple(parameter.shape)
        values = hashed(shape, n, 0.02 * 3**0.5) if len(shape) == 2 else hashed(shape, n, 0.0, 1.0)
        parameter.data.copy_(torch.from_numpy(values))


def cpu_step(task: dict, variant: str):
    config = task["config"]
    model = Gpt(**{k: config[k] for k in ("layers", "width", "heads", "block", "vocab")})
    initial(model)
    optimizer = adamw(model, 1e-3, 0.99, variant == "fused")
    loss_of = torch.compile(model) if variant == "compile" else model
    data = batches(config)
    step = 0

    def run(count: int) -> dict:
        nonlocal step
        for _ in range(count):
            batch = data[step % 4]
            loss = loss_of(batch[:, :-1].contiguous(), batch[:, 1:].contiguous())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
        return {"loss": loss.item()}

    return run


def cuda_step(task: dict, variant: str):
    """On a GPU every step's loss is read, as the WebGPU engines do; float32 without TF32, or float16 autocast with a scaler."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    config, part = task["config"], task.get("part", "step")
    model = Gpt(**{k: config[k] for k in ("layers", "width", "heads", "block", "vocab")})
    initial(model)
    model.cuda()
    half = variant == "cuda-f16"
    optimizer = adamw(model, 1e-3, 0.99, True)
    scaler = torch.amp.GradScaler("cuda", enabled=half)
    loss_of = torch.compile(model) if variant == "cuda-compile" else model
    data = [batch.cuda() for batch in batches(config)]
    step = 0

    def forward():
        batch = data[step % 4]
        with torch.autocast("cuda", dtype=torch.float16, enabled=half):
            return loss_of(batch[:, :-1].contiguous(), batch[:, 1:].contiguous())

    def once():
        if part == "loss":
            with torch.no_grad():
                return forward()
        loss = forward()
        scaler.scale(loss).backward()
        if part == "step":
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
        optimizer.zero_grad(set_to_none=True)
        return loss

    def run(count: int) -> dict:
        nonlocal step
        for _ in range(count):
            last = once().item()
            step += 1
        return {"loss": last}

    return run


def batches(config: dict) -> list:
    """Four batches of (B, T + 1) ids that take turns."""
    return [torch.from_numpy(tokens((config["batch"], config["block"] + 1), 1000 + i, config["vocab"])) for i in range(4)]


def create(task: dict, variant: str):
    return cuda_step(task, variant) if variant.startswith("cuda") else cpu_step(task, variant)


if __name__ == "__main__":
    if sys.argv[1].startswith("cuda"):
        serve(create, torch.cuda.get_device_name(), torch.cuda.max_memory_allocated)
    else:
        serve(create)
