"""Initial values by the names that checkpoints have, as src/adjoint/models/hashed-weights.ts gives them."""

import math
import re
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "fixtures"))
from hashed import hashed

SCALE = 0.02 * 3**0.5


def name_hash(name: str) -> int:
    h = 0x811C9DC5
    for byte in name.encode():
        h = (h ^ byte) * 0x01000193 % 2**32
    return h


def values(name: str, shape) -> np.ndarray:
    if len(shape) >= 2 or name.endswith("class_embedding"):
        return hashed(shape, name_hash(name), SCALE)
    if len(shape) == 0:
        return np.full((), -math.log(0.07), np.float32)
    return np.full(shape, 0 if re.search("bias|running_mean", name) else 1, np.float32)


def mixtral(name: str, shape) -> np.ndarray:
    if name.endswith("mlp.gate.weight"):
        return values(name.replace("mlp.gate", "block_sparse_moe.gate"), shape)
    return experts(name, shape, lambda own, i, part: f"{own.replace('mlp', 'block_sparse_moe')}.{i}.{PARTS[part]}.weight")


PARTS = {"gate": "w1", "up": "w3", "down": "w2"}


def experts(name: str, shape, expert_name) -> np.ndarray:
    """transformers keeps all experts of a layer in one array (gate above up); checkpoints have an array for each."""
    match = re.fullmatch(r"(.*\.experts)\.(gate_up|down)_proj", name)
    if match is None:
        return values(name, shape)
    own, kind = match.groups()

    def one(i: int) -> np.ndarray:
        if kind == "down":
            return values(expert_name(own, i, "down"), shape[1:])
        half = (shape[1] // 2, shape[2])
        return np.concatenate([values(expert_name(own, i, part), half) for part in ("gate", "up")])

    return np.stack([one(i) for i in range(shape[0])])


def vit(name: str, shape) -> np.ndarray:
    """transformers 5 renamed the parts in memory; checkpoints kept their names."""
    own = name.replace("vit.layers", "vit.encoder.layer")
    for new, old in (("q_proj", "attention.query"), ("k_proj", "attention.key"), ("v_proj", "attention.value"), ("o_proj", "output.dense"),
                     ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense")):
        own = own.replace(new, old)
    return values(own, shape)


NAMES = {"mixtral": mixtral, "vit": vit, "deepseek": lambda name, shape: experts(name, shape, lambda own, i, part: f"{own}.{i}.{part}_proj.weight")}


@torch.no_grad()
def fill(model: torch.nn.Module, kind: str) -> None:
    """Gives every parameter and running statistic its initial value."""
    make = NAMES.get(kind, values)
    buffers = [(name, b) for name, b in model.named_buffers() if re.search("running_|correction_bias", name)]
    for name, p in [*model.named_parameters(), *buffers]:
        p.copy_(torch.from_numpy(make(name, tuple(p.shape))))
