#!/usr/bin/env python3
"""Checks that PEFT loads the adapters that `securebert finetune` writes, and computes with them what securebert does.

    python3 Scripts/parity/check_adapter.py .build/release/securebert

Trains the tiny models of Fixtures/models for a few steps each. PEFT gets the checkpoint and OUTPUT/adapter; securebert gets
OUTPUT/model, and the model that `securebert adapter merge` makes of an adapter that PEFT saved as a pickle. Needs
peft and transformers. Exit code 1 when a logit differs by more than 1e-4.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.update(TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

MODELS = Path(__file__).resolve().parents[2] / "Fixtures" / "models"
TEXTS = ["the worm spreads over smb", "the mail asks for a password", "the patch fixes a leak"]
RECIPE = """
from = "{model}"
epochs = 4
batch-size = 4
maximum-length = 48
precision = "f32"
[lora]
rank = 4
{lora}
[optimizer]
learning-rate = 1e-2
"""


def run(*arguments) -> None:
    subprocess.run([str(argument) for argument in arguments], check=True, stderr=subprocess.DEVNULL)


def logits_of(binary: str, model: Path, folder: Path) -> list[torch.Tensor]:
    (folder / "texts.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    run(binary, "encode", "--model", model, "--input", folder / "texts.jsonl", "--output", folder / "out.safetensors")
    tensors = load_file(folder / "out.safetensors")
    return [tensors[f"logits.{index}"] for index in range(len(TEXTS))]


@torch.no_grad()
def compare(binary: str, task: str, name: str, lora: str, folder: Path) -> float:
    (folder / "recipe.toml").write_text(RECIPE.format(model=MODELS / name, lora=lora))
    if task == "classify":
        data = "".join(json.dumps({"text": text, "label": f"l{i}"}) + "\n" for i, text in enumerate(TEXTS)) * 4
        reference = AutoModelForSequenceClassification
    else:
        data = "".join(f"{word} {tag}\n" for word, tag in zip("zeus ran on windows".split(), "B-M O O B-S".split()))
        data = (data + "\n") * 12
        reference = AutoModelForTokenClassification
    suffix = "jsonl" if task == "classify" else "txt"
    (folder / f"data.{suffix}").write_text(data)
    output = folder / "run"
    run(binary, "finetune", task, "--recipe", folder / "recipe.toml", "--train", folder / f"data.{suffix}",
        "--valid", folder / f"data.{suffix}", "--output", output)
    found = logits_of(binary, output / "model", folder)

    labels = json.loads((output / "model" / "config.json").read_text())["id2label"]
    model = reference.from_pretrained(MODELS / name, num_labels=len(labels), attn_implementation="eager")
    model = PeftModel.from_pretrained(model, str(output / "adapter")).eval()
    tokenizer = AutoTokenizer.from_pretrained(output / "model")

    def difference(found: list[torch.Tensor]) -> float:
        wanted = [model(**tokenizer(text, return_tensors="pt")).logits[0] for text in TEXTS]
        return max((a - b.reshape(a.shape)).abs().max().item() for a, b in zip(found, wanted))

    result = difference(found)
    model.save_pretrained(folder / "pickled", safe_serialization=False)
    assert (folder / "pickled" / "adapter_model.bin").exists()
    run(binary, "adapter", "merge", "--model", MODELS / name, "--adapter", folder / "pickled", "--output", folder / "merged")
    return max(result, difference(logits_of(binary, folder / "merged", folder)))


def main() -> int:
    binary = str(Path(sys.argv[1]).resolve())
    worst = 0.0
    for name in ("modernbert-mlm-new", "roberta-mlm", "bert-mlm"):
        for task in ("classify", "ner"):
            for lora in ("", "alpha = 3.0\nrank-stabilized = true"):
                folder = Path(tempfile.mkdtemp())
                try:
                    difference = compare(binary, task, name, lora, folder)
                finally:
                    shutil.rmtree(folder)
                print(f"{name} {task} {lora.split()}: largest difference of a logit {difference:.2e}")
                worst = max(worst, difference)
    return int(worst > 1e-4)


if __name__ == "__main__":
    sys.exit(main())
