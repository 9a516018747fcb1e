#!/usr/bin/env python3
"""Compares vectors of a bi-encoder, or scores of a cross-encoder, that `securebert finetune` saved with sentence-transformers.

    python Scripts/parity/check_sentence_model.py .build/release/securebert runs/embed/model
    python Scripts/parity/check_sentence_model.py .build/release/securebert runs/rerank/model

Vectors must have a cosine of at least 0.99999, scores a distance of at most 1e-4 in float32.
"""

import json
import subprocess
import sys
from pathlib import Path

import torch


def texts() -> list[str]:
    """The paragraphs of the example reports."""
    reports = Path(__file__).parents[2] / "Examples" / "reports"
    paragraphs = []
    for report in sorted(reports.glob("*.txt")):
        paragraphs += [" ".join(part.split()) for part in report.read_text().split("\n\n")]
    return [paragraph for paragraph in paragraphs if len(paragraph) > 40][:120]


def run(binary: str, arguments: list[str], lines: list[str]) -> list[dict]:
    """The JSON lines that a command prints."""
    result = subprocess.run(
        [binary, *arguments, "--jsonl", "-q", "--truncate", "-"], input="\n".join(lines) + "\n", capture_output=True,
        text=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def main() -> None:
    binary, folder = sys.argv[1:3]
    lines = texts()
    if (Path(folder) / "modules.json").exists():
        from sentence_transformers import SentenceTransformer

        # Weights may be stored in bfloat16, in which the library would compute as well.
        model = SentenceTransformer(folder, device="cpu", model_kwargs={"dtype": torch.float32})
        theirs = model.encode(lines, convert_to_tensor=True)
        ours = torch.tensor([row["embedding"] for row in run(binary, ["embed", "-m", folder], lines)])
        worst = torch.cosine_similarity(ours, theirs).min().item()
        print(f"{len(lines)} texts, smallest cosine {worst:.7f}")
        sys.exit(0 if worst >= 0.99999 else 1)
    from sentence_transformers import CrossEncoder

    query = "How do the actors gain initial access?"
    theirs = CrossEncoder(folder, device="cpu").predict([(query, line) for line in lines])
    rows = run(binary, ["rerank", "-m", folder, "--query", query], lines)
    ours = {row["index"]: row["score"] for row in rows}
    worst = max(abs(ours[index] - float(score)) for index, score in enumerate(theirs))
    print(f"{len(lines)} pairs, largest distance of scores {worst:.2e}")
    sys.exit(0 if worst <= 1e-4 else 1)


if __name__ == "__main__":
    main()
