#!/usr/bin/env python3
"""Makes an adapter in PEFT's format of what a model has learned beyond the one it began from.

    .venv/bin/python Scripts/extract_adapter.py RUN BASE --rank 96

RUN/model is what `securebert finetune rerank` has written, with frozen embeddings; BASE is the ModernBERT it began from. Of each
matrix the adapter, RUN/adapter, holds the best approximation of its change by a product of that rank (by singular value
decomposition: Eckart and Young, 1936), and all else whole. `Scripts/release_model.py` takes it from there.
"""
import argparse
import json
import pathlib
import shutil

import numpy
from safetensors import safe_open
from safetensors.numpy import save_file

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("run", type=pathlib.Path)
parser.add_argument("base", type=pathlib.Path)
parser.add_argument("--rank", type=int, default=96)
arguments = parser.parse_args()


def load(folder):
    """Weights by the names of a classifier; an encoder alone stores them without the first part."""
    with safe_open(folder / "model.safetensors", "torch") as file:  # which knows bfloat16
        tensors = {name: file.get_tensor(name).float().numpy() for name in file.keys()}
    return {
        name if name.startswith(("model.", "head.", "classifier.")) else f"model.{name}": tensor
        for name, tensor in tensors.items()}


def saved_module(name):
    """What PEFT's `modules_to_save` calls the module of a weight: whole heads, and norms of every layer at once."""
    if name.startswith(("head.", "classifier.")):
        return name.split(".")[0]
    return "embeddings.norm" if name.startswith("model.embeddings.") else name.split(".")[-2]


before, after = load(arguments.base), load(arguments.run / "model")
factored, saved, weights, lost = set(), set(), {}, []
for name, tensor in after.items():
    module = f"base_model.model.{name.removesuffix('.weight')}"
    if "tok_embeddings" in name:
        if not numpy.array_equal(tensor, before[name]):
            raise SystemExit(f"{name} is not that of {arguments.base}: expected [freeze] embeddings = true in the recipe")
    elif name.startswith("model.") and tensor.ndim == 2:
        left, values, right = numpy.linalg.svd(tensor - before[name], full_matrices=False)
        root = numpy.sqrt(values[:arguments.rank])
        weights[f"{module}.lora_A.weight"] = numpy.ascontiguousarray(root[:, None] * right[:arguments.rank])
        weights[f"{module}.lora_B.weight"] = numpy.ascontiguousarray(left[:, :arguments.rank] * root)
        factored.add(name.split(".")[-2])
        lost.append((values[arguments.rank:] ** 2).sum() / (values ** 2).sum())
    else:
        weights[f"base_model.model.{name}"] = tensor
        saved.add(saved_module(name))

target = arguments.run / "adapter"
target.mkdir(exist_ok=True)
save_file(weights, target / "adapter_model.safetensors", {"format": "pt"})
(target / "adapter_config.json").write_text(json.dumps({
    "peft_type": "LORA", "task_type": "SEQ_CLS", "base_model_name_or_path": str(arguments.base), "r": arguments.rank,
    "lora_alpha": arguments.rank, "target_modules": sorted(factored), "modules_to_save": sorted(saved), "lora_dropout": 0,
    "bias": "none", "use_rslora": False, "use_dora": False, "fan_in_fan_out": False, "init_lora_weights": True,
    "inference_mode": True, "rank_pattern": {}, "alpha_pattern": {}}, indent=2) + "\n")
shutil.copyfile(arguments.run / "model" / "config.json", target / "config.json")
print(f"{target}: rank {arguments.rank} leaves out {numpy.mean(lost):.1%} of the squared change of {len(lost)} matrices")
