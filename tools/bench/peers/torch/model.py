"""Loss and training step of the models of src/model/models.ts in transformers; variants eager, fused (fused AdamW)."""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
import transformers

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "fixtures"))
from hashed import hashed, tokens
from initial import fill
from protocol import serve
from transformer2017 import Transformer2017

CLASSES = 10  # imageClasses
TYPES = {
    "gpt2": ("gpt2", "GPT2LMHeadModel"),
    "llama": ("llama", "LlamaForCausalLM"),
    "qwen3": ("qwen3", "Qwen3ForCausalLM"),
    "mistral": ("mistral", "MistralForCausalLM"),
    "mixtral": ("mixtral", "MixtralForCausalLM"),
    "deepseek": ("deepseek_v3", "DeepseekV3ForCausalLM"),
    "bert": ("bert", "BertForPreTraining"),
    "t5": ("t5", "T5ForConditionalGeneration"),
    "vit": ("vit", "ViTForImageClassification"),
    "clip": ("clip", "CLIPModel"),
    "resnet": ("resnet", "ResNetForImageClassification"),
}


def model_of(name: str, config: dict) -> torch.nn.Module:
    if name == "transformer":
        return Transformer2017(**config)
    kind, make = TYPES[name]
    labels = {"num_labels": CLASSES} if name in ("vit", "resnet") else {}
    return getattr(transformers, make)(transformers.AutoConfig.for_model(kind, **config, **labels))


def ids(stream: int, shape, vocab: int) -> torch.Tensor:
    return torch.from_numpy(tokens(shape, stream, vocab))


def cross_entropy(logits, targets):
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten())


def pair_loss(model, case: dict):
    """The two texts of an encoder-decoder."""
    shape, vocab = (case["batch"], case["length"]), case["config"].get("vocab") or case["config"]["vocab_size"]
    source, target, labels = (ids(n, shape, vocab) for n in (1000, 1001, 1002))
    if case["model"] == "transformer":
        return lambda: cross_entropy(model(source, target), labels)
    return lambda: cross_entropy(model(input_ids=source, decoder_input_ids=target, use_cache=False).logits, labels)


def bert_loss(model, case: dict):
    batch, length, vocab = case["batch"], case["length"], case["config"]["vocab_size"]
    words, targets, following = ids(1000, (batch, length), vocab), ids(1002, (batch, length), vocab), ids(1003, (batch,), 2)

    def loss():
        out = model(input_ids=words)
        return cross_entropy(out.prediction_logits, targets) + cross_entropy(out.seq_relationship_logits, following)

    return loss


def loss_of(model, case: dict):
    name, batch, config = case["model"], case["batch"], case["config"]
    if name in ("t5", "transformer"):
        return pair_loss(model, case)
    if name == "bert":
        return bert_loss(model, case)
    if name in ("vit", "clip", "resnet"):
        side = case["image"]
        images, labels = torch.from_numpy(hashed((batch, 3, side, side), 2000, 1.0)), ids(1003, (batch,), CLASSES)
        if name != "clip":
            return lambda: cross_entropy(model(pixel_values=images).logits, labels)
        vocab = config["text_config"]["vocab_size"]
        texts = ids(1000, (batch, case["length"]), vocab - 1)
        texts[:, -1] = vocab - 1
        return lambda: model(input_ids=texts, pixel_values=images, return_loss=True).loss
    text = ids(1000, (batch, case["length"] + 1), config["vocab_size"])
    inputs, targets = text[:, :-1].contiguous(), text[:, 1:].contiguous()
    return lambda: cross_entropy(model(input_ids=inputs, use_cache=False).logits, targets)


def create(task: dict, variant: str):
    case, part = task["case"], task["part"]
    model = model_of(case["model"], case["config"])
    fill(model, case["model"])
    loss_fn = loss_of(model, case)
    if part == "loss":
        model.eval()

        def forward(count: int) -> dict:
            with torch.inference_mode():
                for _ in range(count):
                    loss = loss_fn().item()
            return {"loss": loss}

        return forward
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, fused=variant == "fused" or None)

    def step(count: int) -> dict:
        for _ in range(count):
            loss = loss_fn()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return {"loss": loss.item()}

    return step


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    serve(create)
