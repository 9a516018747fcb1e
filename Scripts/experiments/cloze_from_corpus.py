#!/usr/bin/env python3
"""Makes a cloze test from the validation split of a corpus, to choose a pretraining recipe without looking at the papers' test.

    cloze_from_corpus.py valid.jsonl.zst cloze.csv

Of every text up to four random sentences, in each one random lower-case word of four or more letters. Needs zstd for .zst files.
"""

import csv
import json
import random
import re
import subprocess
import sys
from pathlib import Path


def documents(path: str):
    if path.endswith(".zst"):
        text = subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout.decode()
    else:
        text = Path(path).read_text(encoding="utf-8")
    return (json.loads(line) for line in text.splitlines())


def main() -> None:
    source, target = sys.argv[1:]
    random.seed(1)
    rows = []
    for document in documents(source):
        if document["kind"] != "text":
            continue
        sentences = re.split(r"(?<=[.!?])\s+|\n", document["text"])
        sentences = [sentence for sentence in sentences if 60 < len(sentence) < 300 and "<mask>" not in sentence]
        random.shuffle(sentences)
        for sentence in sentences[:4]:
            words = list(re.finditer(r"(?<= )[a-z]{4,}(?=[ ,.;])", sentence))
            if len(words) >= 3:
                word = random.choice(words)
                rows.append((sentence[: word.start()] + "<mask>" + sentence[word.end() :], word.group()))
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["sentence", "answer"])
        writer.writerows(rows)
    print(f"{len(rows)} sentences", file=sys.stderr)


if __name__ == "__main__":
    main()
