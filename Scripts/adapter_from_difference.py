#!/usr/bin/env python3
"""Writes what fine-tuning all weights has changed as a LoRA adapter, in the folder format of PEFT.

usage: adapter_from_difference.py MODEL BASE OUTPUT [--rank 96]

MODEL is a sequence classifier or cross-encoder that was fine-tuned from BASE with its embeddings frozen. Of the change of
each linear layer the largest singular values are kept, half of each in either factor; norms and the head are saved in full. What
that loses is printed, as a part of the change's squared size: measure the adapter before it is used.
"""
import argparse
import json
import pathlib
import shutil
import sys

import numpy
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

LINEAR = ("Wqkv", "Wo", "Wi")
NORMS = ("attn_norm", "mlp_norm", "final_norm", "embeddings.norm")
HEAD = ("head", "classifier")


def tensors(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        names = {name: name.removeprefix("model.") for name in file.keys()}
        return {short: file.get_tensor(name).to(torch.float64) for name, short in names.items()}


def factors(change, rank):
    u, s, v = torch.linalg.svd(change, full_matrices=False)
    root = s[:rank].sqrt()
    kept = float((s[:rank] ** 2).sum() / (s**2).sum())
    return root[:, None] * v[:rank], u[:, :rank] * root, kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("base", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--rank", type=int, default=96)
    arguments = parser.parse_args()
    model, base = tensors(arguments.model), tensors(arguments.base)
    result, kept = {}, []
    for name, tensor in model.items():
        module = name.removesuffix(".weight").removesuffix(".bias")
        inside = name if module.split(".")[0] in HEAD else f"model.{name}"
        if name.endswith(".weight") and module.split(".")[-1] in LINEAR:
            a, b, part = factors(tensor - base[name], arguments.rank)
            inside = inside.removesuffix(".weight")
            result[f"{inside}.lora_A.weight"], result[f"{inside}.lora_B.weight"] = a, b
            kept.append(part)
        elif module.endswith(NORMS) or module.split(".")[0] in HEAD:
            result[inside] = tensor
        elif not torch.equal(tensor, base[name]):
            sys.exit(f"{name} differs from the base and is neither a linear layer, a norm nor a head: freeze it in training")
    arguments.output.mkdir(parents=True, exist_ok=True)
    arrays = {f"base_model.model.{name}": tensor.numpy().astype(numpy.float32) for name, tensor in sorted(result.items())}
    save_file(arrays, arguments.output / "adapter_model.safetensors", {"format": "pt"})
    shutil.copyfile(arguments.model / "config.json", arguments.output / "config.json")
    configuration = {
        "peft_type": "LORA", "task_type": "SEQ_CLS", "base_model_name_or_path": str(arguments.base),
        "r": arguments.rank, "lora_alpha": arguments.rank, "target_modules": list(LINEAR),
        "modules_to_save": [*NORMS, *HEAD], "use_rslora": False, "use_dora": False, "lora_dropout": 0, "bias": "none",
        "fan_in_fan_out": False, "init_lora_weights": True, "inference_mode": True, "rank_pattern": {}, "alpha_pattern": {},
    }
    (arguments.output / "adapter_config.json").write_text(json.dumps(configuration, indent=2) + "\n")
    print(f"{len(kept)} linear layers, of whose change {min(kept):.3f} to {max(kept):.3f} is kept")


main()
