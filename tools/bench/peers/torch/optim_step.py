"""One update of an optimizer in PyTorch; variants eager (foreach) and fused (fused AdamW; the others as eager)."""

import torch

from protocol import serve


class Lion:
    """Lion with PyTorch's foreach operations; PyTorch itself has none."""

    def __init__(self, params, lr: float, weight_decay: float, betas=(0.9, 0.99)):
        self.params, self.lr, self.weight_decay, self.betas = list(params), lr, weight_decay, betas
        self.mean = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self) -> None:
        grads, (b1, b2) = [p.grad for p in self.params], self.betas
        direction = torch._foreach_mul(self.mean, b1)
        torch._foreach_add_(direction, grads, alpha=1 - b1)
        torch._foreach_sign_(direction)
        torch._foreach_mul_(self.params, 1 - self.lr * self.weight_decay)
        torch._foreach_add_(self.params, direction, alpha=-self.lr)
        torch._foreach_lerp_(self.mean, grads, 1 - b2)


def make(name: str, params, variant: str):
    if name == "adamw":
        return torch.optim.AdamW(params, lr=1e-3, weight_decay=0.1, **({"fused": True} if variant == "fused" else {"foreach": True}))
    if name == "lion":
        return Lion(params, lr=1e-4, weight_decay=0.1)
    return torch.optim.Muon(params, lr=0.02, weight_decay=0.1)  # orthogonalizes in bfloat16


def create(task: dict, variant: str):
    torch.manual_seed(0)
    params = [torch.randn(task["width"], task["width"], requires_grad=True) for _ in range(task["count"])]
    for p in params:
        p.grad = torch.randn_like(p)
    optimizer = make(task["optimizer"], params, variant)
    optimizer.step()

    def run(count: int) -> dict:
        for _ in range(count):
            optimizer.step()
        return {}

    return run


if __name__ == "__main__":
    serve(create)
