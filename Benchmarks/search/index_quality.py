#!/usr/bin/env python3
"""nDCG@10 of a labelled set through an index, beside what `evaluate retrieval` says of the same set and model.

usage: Benchmarks/search/index_quality.py [--words N] [--split NAME] BINARY FOLDER

FOLDER is in BEIR's layout. The corpus is indexed, every query of the split is searched in each mode, documents being found. Where
documents fit one passage, vectors agree exactly; of longer ones the index has the mean of their passages' vectors, `evaluate` that
of all their tokens. --words cuts the documents of both to so many words, which shows the first. BM25 agrees nearly, since
FTS5's has other constants and phrases count as well; hybrid is fused by reciprocal ranks.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--words", type=int)
    parser.add_argument("--split", default="test")
    parser.add_argument("binary")
    parser.add_argument("folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        compare(os.path.abspath(options.binary), options.folder, options.split, options.words, temporary)


def compare(binary, original, split, words, temporary):
    folder = os.path.join(temporary, "set")
    shutil.copytree(original, folder)
    if words:
        path = os.path.join(folder, "corpus.jsonl")
        records = [json.loads(line) for line in open(path)]
        with open(path, "w") as file:
            for record in records:
                record["text"] = " ".join(record["text"].split()[:words])
                file.write(json.dumps(record) + "\n")

    def command(*arguments):
        result = subprocess.run([binary, *arguments], capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(result.stderr)
        return result.stdout

    judged = {}
    for line in open(os.path.join(folder, "qrels", f"{split}.tsv")).readlines()[1:]:
        query, document, grade = line.rstrip("\n").split("\t")
        judged.setdefault(query, {})[document] = int(grade)
    queries = {}
    for line in open(os.path.join(folder, "queries.jsonl")):
        record = json.loads(line)
        if record["_id"] in judged:
            queries[record["_id"]] = record["text"]
    index = os.path.join(temporary, "index")
    command("index", "build", os.path.join(folder, "corpus.jsonl"), "--index", index, "--quiet")
    print(command("index", "info", "--index", index), end="")
    print(f"{len(queries)} queries of {split}, nDCG@10 through the index:")
    for mode in ("bm25", "vector", "hybrid"):
        total = 0.0
        for id, text in queries.items():
            lines = command(
                "search", text, "--index", index, "--mode", mode, "--level", "document", "--top-k", "10", "--jsonl", "--quiet"
            ).splitlines()
            total += ndcg([json.loads(line)["id"] for line in lines], judged[id])
        print(f"  {mode:<8}{total / len(queries):.4f}", flush=True)
    print("evaluate retrieval, fused by ranks as the index does:")
    report = command("evaluate", "retrieval", "--data", folder, "--split", split, "--fusion", "ranks", "--quiet")
    print("\n".join(line for line in report.splitlines() if "nDCG@10 |" in line))


def ndcg(found, grades):
    def gain(grades):
        return sum(grade / math.log2(rank + 2) for rank, grade in enumerate(grades[:10]))

    ideal = gain(sorted(grades.values(), reverse=True))
    return gain([grades.get(id, 0) for id in found]) / ideal if ideal > 0 else 0.0


main()
