#!/usr/bin/env python3
"""Shows what float32 costs a model: of a ModernBERT computed in float64, one kind of number at a time is rounded to float32.

usage: VENV/bin/python Scripts/experiments/rounding.py MODEL

MODEL has a masked-LM head. Prints the largest change of a logit for each text of Scripts/parity/pretrained.py. "Sums of n" adds products
along k as the kernels do: n at a time in float32 by fused multiply-adds, then those sums.
"""
import argparse
import sys
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))

import torch  # noqa: E402
from pretrained import TEXTS, exact_attention, exact_rotary, modernbert  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from transformers import AutoModelForMaskedLM, AutoTokenizer  # noqa: E402

rotary, attention = modernbert.apply_rotary_pos_emb, modernbert.eager_attention_forward


def rounded(x):
    return x.float().double()


def summed(x, weights, steps):
    """x [rows, k] times weights [k, columns], both rounded before."""
    x, weights, total = rounded(x), rounded(weights), 0
    for start in range(0, x.shape[-1], steps):
        part = torch.zeros(*x.shape[:-1], weights.shape[-1], dtype=torch.float64)
        for k in range(start, min(start + steps, x.shape[-1])):
            part = rounded(part + x[..., k, None] * weights[..., k, :][..., None, :])
        total = rounded(total + part)
    return total


def attention_with(scores_of):
    def forward(module, query, key, value, attention_mask, scaling, **_):
        scores = scores_of(query * scaling, key)
        weights = (scores if attention_mask is None else scores + attention_mask).softmax(-1)
        return (weights @ value).transpose(1, 2).contiguous(), weights
    return forward


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    folder = parser.parse_args().model
    model = AutoModelForMaskedLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float64).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    inputs = [tokenizer(text, return_tensors="pt") for text in TEXTS]

    def logits(rotary=exact_rotary, attention=exact_attention):
        with (patch.object(modernbert, "apply_rotary_pos_emb", rotary), torch.no_grad(),
              patch.object(modernbert, "eager_attention_forward", attention)):
            return [model(**of).logits[0] for of in inputs]

    exact = logits()

    def show(name, found):
        print(f"{name:44}" + "".join(f"{(a - b).abs().max():9.1e}" for a, b in zip(found, exact, strict=True)), flush=True)

    def show_outputs(name, change, chosen):
        hooks = [module.register_forward_hook(lambda module, given, output: change(module, given[0], output))
                 for path, module in model.named_modules() if chosen(path, module)]
        show(name, logits())
        for hook in hooks:
            hook.remove()

    show_outputs("norms", lambda _, __, output: rounded(output), lambda _, module: isinstance(module, nn.LayerNorm))
    for name in ("Wqkv", "attn.Wo", "mlp.Wi", "mlp.Wo"):
        show_outputs(name, lambda _, __, output: rounded(output), lambda path, _: path.endswith(name))
        for steps in (96, 32, 16):
            show_outputs(f"{name}, sums of {steps}", lambda module, given, _: summed(given, module.weight.T, steps),
                         lambda path, _: path.endswith(name))
    show_outputs("residual stream", lambda _, __, output: rounded(output),
                 lambda _, module: isinstance(module, modernbert.ModernBertEncoderLayer))
    show_outputs("GELU of torch", lambda _, given, __: functional.gelu(given.float()).double(), lambda path, _: path.endswith("mlp.act"))
    show("rotation, as in transformers", logits(rotary=rotary))
    show("softmax, as in transformers", logits(attention=attention))
    for steps in (64, 32, 16):
        show(f"scores, sums of {steps}",
             logits(attention=attention_with(lambda query, key: summed(query, key.transpose(2, 3), steps))))


if __name__ == "__main__":
    main()
