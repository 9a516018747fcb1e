#!/usr/bin/env python3
"""Compares `securebert encode` with transformers on full-size random checkpoints.

    .venv/bin/python Scripts/parity/models.py                                 (what `make parity-real` runs)
    .venv/bin/python Scripts/parity/models.py --models modernbert --lengths 1 16 128
    .venv/bin/python Scripts/parity/models.py --noise                         also how far the reference's f32 is from f64

Checkpoints of RoBERTa-base and ModernBERT-base shape and the reference's answers are kept in .cache/parity
(about 2.5 GB), so that a second run only runs ours. Needs the packages of Scripts/fixtures/requirements.txt
and about 10 GB of memory for 8,192 tokens. Exit code 0 when every row is within tolerance, 1 when not.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TQDM_DISABLE="1")

import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
HIDDEN_TOLERANCE = 1e-5  # times the largest absolute value
LOGIT_TOLERANCE = 1e-4  # absolute
SEED = 20252
LONGEST_EAGER = 1024  # above this the reference uses its fused attention: S x S scores would not fit

ROBERTA = {
    "vocab_size": 50265, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
    "intermediate_size": 3072, "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5,
    "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
}
MODERNBERT = {
    "vocab_size": 50368, "hidden_size": 768, "num_hidden_layers": 22, "num_attention_heads": 12,
    "intermediate_size": 1152, "max_position_embeddings": 8192,
}


@dataclass
class Subject:
    """A checkpoint and the lengths it is run at."""

    name: str
    architecture: str
    config: dict
    lengths: list[int]

    def folder(self, cache: Path) -> Path:
        return cache / self.name


def subjects(families: list[str], lengths: list[int]) -> list[Subject]:
    """Masked LM up to 512 tokens; longer inputs with a token head, since 8,192 x 50,368 logits would be 1.6 GB."""
    short = [length for length in lengths if length <= 512]
    long = [length for length in lengths if length > 512]
    found = []
    if "roberta" in families and short:
        found.append(Subject("roberta-base-mlm", "RobertaForMaskedLM", ROBERTA, short))
    if "modernbert" in families and short:
        found.append(Subject("modernbert-base-mlm", "ModernBertForMaskedLM", MODERNBERT, short))
    if "modernbert" in families and long:
        token = {**MODERNBERT, "num_labels": 5}
        found.append(Subject("modernbert-base-token", "ModernBertForTokenClassification", token, long))
    return found


@torch.no_grad()
def randomize(model: torch.nn.Module) -> None:
    """Values that keep activations in the range of a trained model: matrices 0.036 (1/sqrt(768)), embeddings
    0.05, norms 1 +- 0.1, biases +- 0.05."""
    source = torch.Generator().manual_seed(SEED)
    for path, parameter in model.named_parameters():
        values = torch.randn(parameter.shape, generator=source)
        if parameter.dim() == 1:
            is_norm = path.endswith("weight")
            parameter.copy_(values * 0.1 + 1 if is_norm else values * 0.05)
        else:
            parameter.copy_(values * (0.05 if "embeddings" in path else parameter.shape[1] ** -0.5))


def make_checkpoint(subject: Subject, cache: Path) -> None:
    """Writes the folder once."""
    folder = subject.folder(cache)
    if (folder / "model.safetensors").exists():
        return
    print(f"making {folder}", file=sys.stderr)
    model_class = getattr(transformers, subject.architecture)
    model = model_class(model_class.config_class(**subject.config))
    randomize(model)
    model.save_pretrained(folder)
    # Any tokenizer of the family: ours loads whole folders, the compared ids are given.
    tiny = "roberta-mlm" if subject.architecture.startswith("Roberta") else "modernbert-mlm-old"
    source = ROOT / "Fixtures" / "models" / tiny
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(source / name, folder / name)


def ids_of(subject: Subject, length: int) -> list[int]:
    """Random ids clear of RoBERTa's padding id, the same on every run."""
    source = torch.Generator().manual_seed(SEED + length)
    return torch.randint(5, subject.config["vocab_size"] - 100, (length,), generator=source).tolist()


@torch.no_grad()
def run_reference(folder: Path, architecture: str, ids: list[int], dtype=torch.float32) -> dict:
    attention = "eager" if len(ids) <= LONGEST_EAGER else "sdpa"
    model_class = getattr(transformers, architecture)
    model = model_class.from_pretrained(folder, dtype=dtype, attn_implementation=attention).eval()
    final = {}
    base = getattr(model, model.base_model_prefix)
    base.register_forward_hook(lambda _m, _i, output: final.update(hidden=output["last_hidden_state"][0]))
    tokens = torch.tensor([ids])
    logits = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0]
    return {"hidden": final["hidden"].contiguous(), "logits": logits.contiguous()}


def reference(subject: Subject, length: int, cache: Path, dtype=torch.float32) -> dict:
    """The reference's answer, computed once and kept."""
    kind = "" if dtype == torch.float32 else "-f64"
    path = subject.folder(cache) / f"reference-{length}{kind}.safetensors"
    if path.exists():
        return load_file(path)
    started = time.monotonic()
    outputs = run_reference(subject.folder(cache), subject.architecture, ids_of(subject, length), dtype)
    save_file(outputs, path)
    print(f"reference {subject.name} {length}{kind}: {time.monotonic() - started:.1f} s", file=sys.stderr)
    return outputs


def run_ours(subject: Subject, cache: Path, binary: Path, threads: int) -> Path:
    """One `securebert encode` over all lengths."""
    folder = subject.folder(cache)
    rows, output = folder / "input.jsonl", folder / "output.safetensors"
    rows.write_text("".join(json.dumps({"ids": ids_of(subject, length)}) + "\n" for length in subject.lengths))
    output.unlink(missing_ok=True)
    command = [binary, "encode", "--model", folder, "--input", rows, "--output", output, "--precision", "f32"]
    command += ["--threads", str(threads)]
    finished = subprocess.run([str(part) for part in command], check=False)
    if finished.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with exit code {finished.returncode}")
    return output


def differences(expected: dict, found: dict) -> tuple[float, float]:
    """max|hidden difference| / max|hidden| and max|logit difference|."""
    for name, tensor in expected.items():
        if tensor.shape != found[name].shape:
            raise SystemExit(f"{name}: expected shape {tuple(tensor.shape)}, found {tuple(found[name].shape)}")
    hidden = expected["hidden"].double()
    relative = (hidden - found["hidden"].double()).abs().max() / hidden.abs().max()
    logits = max(
        (left.double() - right.double()).abs().max().item()
        for left, right in zip(expected["logits"].split(256), found["logits"].split(256))
    )
    return relative.item(), logits


def compare(subject: Subject, arguments) -> bool:
    """Prints one row per length; true when all are within tolerance."""
    make_checkpoint(subject, arguments.cache)
    output = run_ours(subject, arguments.cache, arguments.binary, arguments.threads)
    good = True
    with safe_open(output, "pt") as file:
        for index, length in enumerate(subject.lengths):
            expected = reference(subject, length, arguments.cache)
            found = {"hidden": file.get_tensor(f"hidden.{index}"), "logits": file.get_tensor(f"logits.{index}")}
            hidden, logits = differences(expected, found)
            passed = hidden <= HIDDEN_TOLERANCE and logits <= LOGIT_TOLERANCE  # NaN fails
            good = good and passed
            noise = ""
            if arguments.noise and length <= LONGEST_EAGER:
                exact = reference(subject, length, arguments.cache, torch.float64)
                noise = "  f32 noise of the reference {:.1e} {:.1e}".format(*differences(exact, expected))
            scale = expected["logits"].abs().max().item()
            verdict = "pass" if passed else "FAIL"
            numbers = f"{length:6d} {hidden:12.2e} {logits:12.2e} {scale:10.2f}"
            print(f"{subject.name:24s} {numbers}  {verdict}{noise}", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/securebert")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache/parity")
    parser.add_argument("--models", nargs="+", choices=["roberta", "modernbert"], default=["roberta", "modernbert"])
    parser.add_argument("--lengths", nargs="+", type=int, default=[1, 16, 128, 512, 2048, 8192])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--noise", action="store_true", help="also compare the reference in f32 with f64")
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        parser.error(f"{arguments.binary} does not exist; build it with `swift build -c release` or give --binary")
    torch.set_num_threads(arguments.threads)
    print(f"{'model':24s} {'tokens':>6s} {'hidden rel.':>12s} {'logits abs.':>12s} {'max|logit|':>10s}")
    results = [compare(subject, arguments) for subject in subjects(arguments.models, arguments.lengths)]
    print(f"tolerances: hidden {HIDDEN_TOLERANCE:g} x max|hidden|, logits {LOGIT_TOLERANCE:g}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
