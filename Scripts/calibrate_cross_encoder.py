#!/usr/bin/env python3
"""Lets a cross-encoder's scores say how likely a passage is the answer, by a factor and an offset of its last layer.

    .venv/bin/python Scripts/calibrate_cross_encoder.py BINARY RUN/model MINED-VALID.jsonl

Lists teach an order and leave open what a score means: with a sigmoid all may be near 1. Factor and offset are those of a logistic
regression (Platt, 1999) of the answers among the passages of MINED-VALID.jsonl, lines of `securebert mine --split valid`, so that a
score is the chance of a passage among those that a search puts first. The order stays. Rewrites RUN/model/model.safetensors.
"""
import json
import os
import pathlib
import subprocess
import sys

import numpy
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import LogisticRegression

binary, folder, mined = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
logits, answers = [], []
with open(mined, encoding="utf-8") as file:
    for example in map(json.loads, file):
        lines = "".join(json.dumps({"text": text}) + "\n" for text in [example["positive"], *example["negatives"]])
        command = [binary, "rerank", "--model", folder, f"--query={example['query']}", "--input-format", "jsonl", "--jsonl", "--quiet"]
        for found in subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.splitlines():
            logits.append(json.loads(found)["logit"])
            answers.append(json.loads(found)["index"] == 0)
fitted = LogisticRegression(C=1e6).fit(numpy.array(logits)[:, None], answers)
factor, offset = fitted.coef_[0, 0], fitted.intercept_[0]
if factor <= 0:
    raise SystemExit(f"{folder}: answers are not above other passages, factor {factor:.3f}; expected a trained cross-encoder")
weights = load_file(folder / "model.safetensors")
weights["classifier.weight"] = weights["classifier.weight"] * numpy.float32(factor)
weights["classifier.bias"] = weights["classifier.bias"] * numpy.float32(factor) + numpy.float32(offset)
partial = folder / "model.safetensors.partial"
save_file(weights, partial, {"format": "pt"})
os.replace(partial, folder / "model.safetensors")
print(f"{folder}: factor {factor:.4f}, offset {offset:.4f}, of {len(logits)} passages, {sum(answers)} of them answers")
