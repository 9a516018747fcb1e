#!/usr/bin/env python3
"""Loads what `securebert pretrain` has saved with the tools other people use, and compares.

    .venv/bin/python Scripts/parity/pretrained.py RUN
    .venv/bin/python Scripts/parity/pretrained.py Models/securebert-mini        a model alone

The model of the run must load in transformers without missing or unexpected tensors and give the logits of
`securebert encode` in float32 (1e-4 absolute). How far both are from float64 is printed beside: the reference in float32
may be as far from it as the bound.
The event files of a run must open in TensorBoard with the losses of log.jsonl. Exit code 0 when all holds, 1 when not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402
from transformers import AutoModelForMaskedLM, AutoTokenizer  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "The ransomware deletes shadow [MASK] before it encrypts files.",
    "CVE-2021-44228 allows remote code [MASK] in Log4j.",
    "int main(void) { return strcpy(buffer, argv[1]) != [MASK]; }",
    "",
]
TOLERANCE = 1e-4


def compare_logits(folder: Path, binary: Path) -> bool:
    models, unfit = {}, {}
    for dtype in (torch.float32, torch.float64):
        model, report = AutoModelForMaskedLM.from_pretrained(
            folder, output_loading_info=True, attn_implementation="eager", dtype=dtype)
        models[dtype] = model.eval()
        unfit |= {
            key: sorted(value) for key, value in report.items() if key in ("missing_keys", "unexpected_keys") and value}
    tokenizer = AutoTokenizer.from_pretrained(folder)
    from_single = from_double = between = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "in.jsonl", Path(scratch) / "out.safetensors"
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS), encoding="utf-8")
        subprocess.run([binary, "encode", "--model", folder, "--input", source, "--output", target], check=True)
        ours = load_file(target)
        for index, text in enumerate(TEXTS):
            inputs = tokenizer(text, return_tensors="pt")
            with torch.no_grad():
                single, double = (models[dtype](**inputs).logits[0] for dtype in (torch.float32, torch.float64))
            found = ours[f"logits.{index}"]
            from_single = max(from_single, (found - single).abs().max().item())
            from_double = max(from_double, (found - double).abs().max().item())
            between = max(between, (single - double).abs().max().item())
    print(
        f"{folder}: logits differ by at most {from_single:.2e}, from transformers in float64 by {from_double:.2e} "
        f"(the reference: {between:.2e})" + (f", {unfit}" if unfit else ""))
    return from_single <= TOLERANCE and not unfit


def compare_events(run: Path) -> bool:
    accumulator = EventAccumulator(str(run), size_guidance={"scalars": 0})
    accumulator.Reload()
    events = {event.step: event.value for event in accumulator.Scalars("train/loss")}
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    losses = {line["step"]: line["loss"] for line in lines if "loss" in line}
    same = losses and all(abs(events.get(step, 0) - loss) <= 1e-5 * abs(loss) for step, loss in losses.items())
    print(f"{run}: {len(events)} losses in TensorBoard, {len(losses)} in log.jsonl: {'equal' if same else 'different'}")
    return bool(same)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/securebert")
    arguments = parser.parse_args()
    if (arguments.run / "config.json").exists():
        return 0 if compare_logits(arguments.run, arguments.binary) else 1
    results = [compare_logits(arguments.run / "model", arguments.binary), compare_events(arguments.run)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
