#!/usr/bin/env python3
"""Copies what finetune made into Models/NAME, without the paths of the machine it was made on.

usage: release_model.py RUN NAME [--base MODEL]

RUN is the --output of finetune. Its adapter is taken when it has one, stored in half precision, and said to be for MODEL, a
folder beside NAME (default: securebert-mini); otherwise the model, whose weights `securebert convert --type bfloat16` has made
smaller before. The card, README.md, is written by hand and stays.
"""
import argparse
import json
import pathlib
import shutil

import numpy
from safetensors.numpy import load_file, save_file

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("run", type=pathlib.Path)
parser.add_argument("name")
parser.add_argument("--base", default="securebert-mini")
arguments = parser.parse_args()

target = pathlib.Path(__file__).parent.parent / "Models" / arguments.name
target.mkdir(parents=True, exist_ok=True)
adapter, model = arguments.run / "adapter", arguments.run / "model"
source = adapter if adapter.exists() else model
for file in source.rglob("*"):
    if file.is_file():
        copy = target / file.relative_to(source)
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, copy)


def rewrite(name, change):
    path = target / name
    if path.exists():
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


weights = target / "adapter_model.safetensors"
if weights.exists():
    save_file({name: tensor.astype(numpy.float16) for name, tensor in load_file(weights).items()}, weights, {"format": "pt"})
for name in ("calibration.json", "ngrams.safetensors"):
    if (model / name).exists():
        shutil.copyfile(model / name, target / name)
rewrite("adapter_config.json", lambda content: content.update(base_model_name_or_path=f"Models/{arguments.base}"))
rewrite("calibration.json", lambda content: content.update(source="/".join(content["source"].split("/")[-2:])))
