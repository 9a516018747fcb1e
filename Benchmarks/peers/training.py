#!/usr/bin/env python3
"""Measures training steps of securebert and of torch in turn on this machine and prints the ratios.

    .venv/bin/python Benchmarks/peers/training.py                 both models, both lengths
    .venv/bin/python Benchmarks/peers/training.py --only small --rounds 2

A step is forward, backward, clipping and AdamW of a masked-LM with 30 % of the tokens to be predicted, with random weights
and ids. Speeds drift on shared machines, so only ratios from one run mean anything: in every round each contender takes
its turn, and its figure is its best round. The ratio is ours over torch at its best precision. The last line is one JSON
object.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from workloads import CACHE, ROOT

COMMON = {
    "model_type": "modernbert", "architectures": ["ModernBertForMaskedLM"], "max_position_embeddings": 8192,
    "global_attn_every_n_layers": 3, "local_attention": 128, "pad_token_id": 0, "cls_token_id": 1, "sep_token_id": 2,
    "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": True,
}
MODELS = {
    "base": {"vocab_size": 50368, "hidden_size": 768, "num_hidden_layers": 22, "num_attention_heads": 12,
             "intermediate_size": 1152},
    "small": {"vocab_size": 16384, "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 6,
              "intermediate_size": 576},
}
CELLS = {"base": [(8, 128), (4, 512)], "small": [(128, 128), (32, 512)]}
MASKED = 0.3


def configuration(name: str) -> Path:
    path = CACHE / "training" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**COMMON, **MODELS[name]}, indent=1))
    return path


def torch_speed(name: str, batch: int, length: int, precision: str, threads: int, steps: int) -> float:
    """In a process of its own, so that the two never share memory or caches."""
    command = [sys.executable, __file__, "--torch", name, str(batch), str(length), precision, str(threads), str(steps)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)["tokensPerSecond"]


def run_torch(name: str, batch: int, length: int, precision: str, threads: int, steps: int) -> None:
    import torch
    import transformers

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    settings = {**COMMON, **MODELS[name]}
    config = transformers.AutoConfig.for_model(settings.pop("model_type"), **settings, sparse_prediction=True)
    model = transformers.ModernBertForMaskedLM._from_config(config, attn_implementation="sdpa").train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    # The reference decodes only what is to be predicted (sparse_prediction); its micro-batches are what is fastest.
    part = max(1, min(batch, 4096 // length))
    best = float("inf")
    for _ in range(steps + 1):
        start = time.perf_counter()
        for first in range(0, batch, part):
            count = min(part, batch - first)
            ids = torch.randint(3, config.vocab_size, (count, length))
            labels = torch.full((count, length), -100)
            chosen = torch.rand(count, length) < MASKED
            labels[chosen] = torch.randint(3, config.vocab_size, (int(chosen.sum()),))
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
                loss = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss
            (loss * count / batch).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"tokensPerSecond": batch * length / best}))


def our_speed(binary: Path, name: str, batch: int, length: int, precision: str, threads: int, steps: int) -> dict:
    command = [binary, "bench", "training", "--config", configuration(name), "--batch", batch, "--length", length]
    command += ["--arithmetic", precision, "--threads", threads, "--steps", steps, "--json"]
    return json.loads(subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", nargs=6, help=argparse.SUPPRESS)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/securebert")
    parser.add_argument("--only", choices=sorted(MODELS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.torch:
        name, batch, length, precision, threads, steps = arguments.torch
        run_torch(name, int(batch), int(length), precision, int(threads), int(steps))
        return 0
    rows = []
    for name in [arguments.only] if arguments.only else MODELS:
        for batch, length in CELLS[name]:
            best: dict[str, float] = {}
            for _ in range(arguments.rounds):
                for precision in ("f32", "bf16"):
                    ours = our_speed(arguments.binary, name, batch, length, precision, arguments.threads, arguments.steps)
                    torch = torch_speed(name, batch, length, precision, arguments.threads, arguments.steps)
                    for key, value in ((f"ours {precision}", ours["tokensPerSecond"]), (f"torch {precision}", torch)):
                        best[key] = max(best.get(key, 0), value)
            ratio = max(best["ours f32"], best["ours bf16"]) / max(best["torch f32"], best["torch bf16"])
            rows.append({"model": name, "batch": batch, "length": length, **best, "ratio": round(ratio, 3)})
            speeds = "  ".join(f"{key} {value:6.0f}" for key, value in best.items())
            print(f"{name:6s} {batch:4d} x {length:4d}  {speeds}  ratio {ratio:5.2f}", flush=True)
    print(json.dumps({"benchmark": "training", "threads": arguments.threads, "rounds": arguments.rounds, "rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
