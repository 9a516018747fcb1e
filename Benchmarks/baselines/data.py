"""Reads the data sets: JSON lines, CoNLL columns and BEIR folders, compressed with zstd or not."""

import json
import subprocess
from pathlib import Path


def read_text(path: Path) -> str:
    """A file, or the same name with `.zst`."""
    if path.exists():
        return path.read_text(encoding="utf-8")
    packed = path.with_name(path.name + ".zst")
    if not packed.exists():
        raise SystemExit(f"{path}: there is no such file, nor one with .zst")
    return subprocess.run(["zstd", "-dcq", str(packed)], check=True, capture_output=True).stdout.decode("utf-8")


def read_jsonl(path: Path) -> list[dict]:
    return [json.loads(line) for line in read_text(path).splitlines() if line.strip()]


def read_conll(path: Path) -> list[list[tuple[str, str]]]:
    """Sentences of words with tags."""
    sentences, sentence = [], []
    for line in read_text(path).splitlines() + [""]:
        if line.strip():
            columns = line.split("\t")
            sentence.append((columns[0], columns[-1]))
        elif sentence:
            sentences.append(sentence)
            sentence = []
    return sentences


def read_beir(folder: Path, split: str) -> tuple[dict, dict, dict]:
    """Documents (title and text), judged queries, and judgements."""
    documents = {
        row["_id"]: " ".join(part for part in (row.get("title"), row["text"]) if part)
        for row in read_jsonl(folder / "corpus.jsonl")
    }
    judgements: dict[str, dict[str, int]] = {}
    for line in read_text(folder / "qrels" / f"{split}.tsv").splitlines()[1:]:
        query, document, grade = line.split("\t")
        judgements.setdefault(query, {})[document] = int(grade)
    queries = {row["_id"]: row["text"] for row in read_jsonl(folder / "queries.jsonl") if row["_id"] in judgements}
    return documents, queries, judgements
