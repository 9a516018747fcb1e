#!/usr/bin/env python3
"""Shows which modules of transformers make the difference between its logits in float32 and in float64.

usage: VENV/bin/python Scripts/experiments/exact_modules.py MODEL

Of MODEL, a ModernBERT with a masked-LM head, chosen linear layers and layer norms are computed in float64 and rounded to float32, all
else in float32. Prints how far the logits of the texts of Scripts/parity/pretrained.py then are from float32 and from float64.
"""
import argparse
import os

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from transformers import AutoModelForMaskedLM, AutoTokenizer  # noqa: E402

TEXTS = [
    "The ransomware deletes shadow [MASK] before it encrypts files.", "CVE-2021-44228 allows remote code [MASK] in Log4j.",
    "int main(void) { return strcpy(buffer, argv[1]) != [MASK]; }", "",
]


def double(tensor):
    return None if tensor is None else tensor.double()


def exact_linear(layer, states):
    return functional.linear(states.double(), double(layer.weight), double(layer.bias)).float()


def exact_norm(layer, states):
    return functional.layer_norm(
        states.double(), layer.normalized_shape, double(layer.weight), double(layer.bias), layer.eps).float()


def load(folder, dtype):
    return AutoModelForMaskedLM.from_pretrained(folder, attn_implementation="eager", dtype=dtype).eval()


def logits(model, tokenizer):
    with torch.no_grad():
        return [model(**tokenizer(text, return_tensors="pt")).logits[0].double() for text in TEXTS]


def with_exact(folder, chosen):
    model = load(folder, torch.float32)
    for name, module in model.named_modules():
        if chosen in name and isinstance(module, nn.Linear):
            module.forward = exact_linear.__get__(module)
        elif chosen in name and isinstance(module, nn.LayerNorm):
            module.forward = exact_norm.__get__(module)
    return model


def distance(first, second):
    return max((a - b).abs().max().item() for a, b in zip(first, second))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    folder = parser.parse_args().model
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = load(folder, torch.float32)
    single, exact = logits(model, tokenizer), logits(load(folder, torch.float64), tokenizer)
    print(f"float32 from float64, by text: {', '.join(f'{distance([a], [b]):.2e}' for a, b in zip(single, exact))}")
    kinds = ["", "attn.Wqkv", "attn.Wo", "mlp.Wi", "mlp.Wo", "head", "decoder"]
    for chosen in kinds + [f"layers.{index}." for index in range(model.config.num_hidden_layers)]:
        found = logits(with_exact(folder, chosen), tokenizer)
        print(f"exact {chosen or 'everywhere':12s} from float32 {distance(found, single):.2e}, from float64 {distance(found, exact):.2e}")


if __name__ == "__main__":
    main()
