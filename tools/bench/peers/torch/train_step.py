"""One GPT training step in PyTorch; variants eager, fused (fused AdamW) and compile (torch.compile)."""

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


def create(task: dict, variant: str):
    config = task["config"]
    model = Gpt(**{k: config[k] for k in ("layers", "width", "heads", "block", "vocab")})
    initial(model)
    optimizer = adamw(model, 1e-3, 0.99, variant == "fused")
    loss_of = torch.compile(model) if variant == "compile" else model
    data = [torch.from_numpy(tokens((config["batch"], config["block"] + 1), 1000 + i, config["vocab"])) for i in range(4)]
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


if __name__ == "__main__":
    serve(create)
