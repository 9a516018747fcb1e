#!/usr/bin/env python3
"""Loads what `securebert pretrain` has saved with the tools other people use, and compares.

    .venv/bin/python Scripts/parity/pretrained.py RUN
    .venv/bin/python Scripts/parity/pretrained.py Models/securebert-mini        a model alone

The model of the run must load in transformers without missing or unexpected tensors and give the logits of
`securebert encode` in float32, for four texts to 1e-4 at every token.

Attention scores of a trained model reach hundreds, so that float32 moves the logits of some tokens by 1e-4 and more whoever
computes. The paragraphs of the example reports, some 1,700 tokens, tell rounding from mistakes: by the largest difference
at a token, ours may be from transformers at most twice as far as its two implementations of attention (eager and SDPA) are
from each other at the median token, 4 times at the 99th of a hundred and 5 times at the worst, where single tokens decide.
How far each is from the logits without rounding (transformers in float64, also where it goes back to float32) is printed.

The event files of a run must open in TensorBoard with the losses of log.jsonl. Exit code 0 when all holds, 1 when not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402
from transformers import AutoModelForMaskedLM, AutoTokenizer  # noqa: E402
from transformers.models.modernbert import modeling_modernbert as modernbert  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "The ransomware deletes shadow [MASK] before it encrypts files.",
    "CVE-2021-44228 allows remote code [MASK] in Log4j.",
    "int main(void) { return strcpy(buffer, argv[1]) != [MASK]; }",
    "",
]
TOLERANCE = 1e-4


def paragraphs() -> list[str]:
    reports = sorted((ROOT / "Examples/reports").glob("*.txt"))
    parts = (" ".join(part.split()) for report in reports for part in report.read_text(encoding="utf-8").split("\n\n"))
    return [part for part in parts if 60 < len(part) < 600][:40]


def exact_rotary(query, key, cosines, sines, unsqueeze_dim=1):
    cosines, sines = cosines.unsqueeze(unsqueeze_dim), sines.unsqueeze(unsqueeze_dim)
    return tuple(x * cosines + modernbert.rotate_half(x) * sines for x in (query, key))


def exact_attention(module, query, key, value, attention_mask, scaling, **_):
    scores = query @ key.transpose(2, 3) * scaling
    weights = (scores if attention_mask is None else scores + attention_mask).softmax(-1)
    return (weights @ value).transpose(1, 2).contiguous(), weights


def reference_logits(folder: Path, texts: list[str], dtype: torch.dtype, attention: str = "eager") -> tuple[list[torch.Tensor], dict]:
    """[tokens, vocabulary] of each text, and the tensors that are missing or unexpected."""
    model, report = AutoModelForMaskedLM.from_pretrained(
        folder, output_loading_info=True, attn_implementation=attention, dtype=dtype)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model.eval()
    with torch.no_grad():
        logits = [model(**tokenizer(text, return_tensors="pt")).logits[0].double() for text in texts]
    unfit = {key: sorted(value) for key, value in report.items() if key in ("missing_keys", "unexpected_keys") and value}
    return logits, unfit


def our_logits(folder: Path, texts: list[str], binary: Path) -> list[torch.Tensor]:
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "in.jsonl", Path(scratch) / "out.safetensors"
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        subprocess.run([binary, "encode", "-q", "--model", folder, "--input", source, "--output", target], check=True)
        found = load_file(target)
    return [found[f"logits.{index}"].double() for index in range(len(texts))]


def differences(some: list[torch.Tensor], others: list[torch.Tensor]) -> tuple[float, float, float, float]:
    """Of the largest difference at each token: the median, the 99th percentile, the maximum, and the share over 1e-4."""
    of_tokens = torch.cat([(a - b).abs().amax(dim=1) for a, b in zip(some, others, strict=True)])
    over = (of_tokens > TOLERANCE).double().mean().item()
    return *(of_tokens.quantile(part).item() for part in (0.5, 0.99, 1.0)), over


def compare_logits(folder: Path, binary: Path) -> bool:
    texts = TEXTS + paragraphs()
    reference, unfit = reference_logits(folder, texts, torch.float32)
    fused, _ = reference_logits(folder, texts, torch.float32, "sdpa")
    with (patch.object(modernbert, "apply_rotary_pos_emb", exact_rotary),
          patch.object(modernbert, "eager_attention_forward", exact_attention)):
        exact, _ = reference_logits(folder, texts, torch.float64)
    ours = our_logits(folder, texts, binary)
    apart, spread = differences(ours, reference), differences(fused, reference)
    print(f"{folder}: {sum(len(of) for of in ours)} tokens of {len(ours)} texts" + (f", {unfit}" if unfit else ""))
    print(f"{'largest difference of a token':40}{'median':>10}{'99th':>10}{'maximum':>10}{'> 1e-4':>10}")
    for name, row in [("securebert from transformers", apart), ("transformers, SDPA from eager", spread),
                      ("securebert from exact", differences(ours, exact)), ("transformers from exact", differences(reference, exact))]:
        print(f"{name:40}" + "".join(f"{value:10.1e}" for value in row[:3]) + f"{row[3]:10.1%}")
    few = differences(ours[:len(TEXTS)], reference[:len(TEXTS)])[2]
    equal = few <= TOLERANCE
    near = all(ours <= factor * theirs for ours, theirs, factor in zip(apart[:3], spread[:3], (2, 4, 5), strict=True))
    print(f"the first {len(TEXTS)} texts: {few:.2e} from transformers, {'within' if equal else 'OUTSIDE'} {TOLERANCE:.0e}; "
          f"all: {'as near to it as rounding allows' if near else 'FURTHER from it than rounding explains'}")
    return equal and near and not unfit


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
