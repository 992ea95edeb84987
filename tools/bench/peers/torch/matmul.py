"""Square float32 matrix products in PyTorch."""

import torch

from protocol import serve


def create(task: dict, variant: str):
    size = task["size"]
    a, b, out = torch.rand(size, size), torch.rand(size, size), torch.empty(size, size)

    def run(count: int) -> dict:
        for _ in range(count):
            torch.mm(a, b, out=out)
        return {}

    return run


if __name__ == "__main__":
    with torch.inference_mode():
        serve(create)
