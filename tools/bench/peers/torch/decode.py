"""Greedy decoding of a Llama by transformers' `generate`: its dynamic cache, or (variant static) a static one."""

import sys
from pathlib import Path

import torch
import transformers

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "fixtures"))
from hashed import tokens
from initial import fill
from protocol import serve


def create(task: dict, variant: str):
    case = task["case"]
    config = transformers.LlamaConfig(**case["config"], bos_token_id=None, eos_token_id=None, pad_token_id=0)
    model = transformers.LlamaForCausalLM(config).eval()
    fill(model, "llama")
    prompt = torch.from_numpy(tokens((1, case["prompt"]), 1000, config.vocab_size))
    settings = dict(max_new_tokens=case["newTokens"], min_new_tokens=case["newTokens"], do_sample=False, num_beams=1)
    if variant == "static":
        settings["cache_implementation"] = "static"

    def run(count: int) -> dict:
        with torch.inference_mode():
            for _ in range(count):
                out = model.generate(prompt, attention_mask=torch.ones_like(prompt), **settings)
        return {"loss": int(out[0, case["prompt"] :].sum())}

    return run


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    serve(create)
