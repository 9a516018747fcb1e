#!/usr/bin/env python3
"""nDCG@10 of labelled sets through an index, by words, by vectors, and by both with several ways of joining them.

usage: Benchmarks/search/index_quality.py [--split NAME] [--try-weights] [--store ADDRESS] [--words N] [--evaluate] BINARY FOLDER ...

FOLDERs are in BEIR's layout. Each corpus is indexed and served, and every query of the split is asked with `/v1/search`, documents being
found. Weights are chosen on validation data: --split valid --try-weights. --store indexes into schemas of a PostgreSQL database instead
(Scripts/postgres/server.sh gives one). --evaluate prints beside it what `evaluate retrieval` says of the same sets and model: where
documents fit one passage, which --words N makes of all, vectors agree exactly; of longer ones the index has the mean of their
passages' vectors, `evaluate` that of all their tokens. BM25 agrees nearly, since FTS5's has other constants and phrases count as well.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

from served import Searches

METHODS = ("scores", "ranks")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--split", default="test")
    parser.add_argument("--try-weights", action="store_true")
    parser.add_argument("--store")
    parser.add_argument("--words", type=int)
    parser.add_argument("--evaluate", action="store_true")
    parser.add_argument("binary")
    parser.add_argument("folders", nargs="+")
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary)
    ways = {"vectors": {"mode": "vector"}, "BM25": {"mode": "bm25"}, "both, as by default": {}}
    if options.try_weights:
        for method in METHODS:
            for weight in range(1, 10):
                ways[f"both, {method} {weight / 10}"] = {"fusion": method, "vector_weight": weight / 10}
    else:
        ways["both, equal ranks"] = {"fusion": "ranks", "vector_weight": 0.5}
    columns = []
    with tempfile.TemporaryDirectory() as temporary:
        for number, folder in enumerate(options.folders):
            columns.append(measure(options, ways, folder, os.path.join(temporary, str(number)), number))
    print(f"nDCG@10, {options.split}\n")
    print("| | " + " | ".join(os.path.basename(folder.rstrip("/")) for folder in options.folders) + " | mean |")
    print("|---" * (len(columns) + 2) + "|")
    for way in ways:
        values = [column[way] for column in columns]
        print(f"| {way} | " + " | ".join(f"{value:.4f}" for value in [*values, sum(values) / len(values)]) + " |")


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(result.stderr)
    return result.stdout


def records(folder, name):
    """The lines of a file, which may be compressed."""
    path = os.path.join(folder, name)
    text = open(path).read() if os.path.exists(path) else run("zstd", "-dcq", path + ".zst")
    return [json.loads(line) for line in text.splitlines()]


def measure(options, ways, original, folder, number):
    """nDCG@10 of each way on one set."""
    shutil.copytree(original, folder)
    if options.words:
        corpus = records(folder, "corpus.jsonl")
        with open(os.path.join(folder, "corpus.jsonl"), "w") as file:
            for record in corpus:
                record["text"] = " ".join(record["text"].split()[: options.words])
                file.write(json.dumps(record) + "\n")
    judged = {}
    for line in open(os.path.join(folder, "qrels", f"{options.split}.tsv")).readlines()[1:]:
        query, document, grade = line.rstrip("\n").split("\t")
        judged.setdefault(query, {})[document] = int(grade)
    queries = {record["_id"]: record["text"] for record in records(folder, "queries.jsonl") if record["_id"] in judged}
    place = ["--index", os.path.join(folder, "index")]
    if options.store:
        place = ["--store", f"{options.store}&schema=quality_{os.getpid()}_{number}"]
    run(options.binary, "index", "build", os.path.join(folder, "corpus.jsonl"), *place, "--quiet")
    totals = dict.fromkeys(ways, 0.0)
    with Searches(options.binary, *place) as search:
        for id, text in queries.items():
            for way, settings in ways.items():
                found = search({"query": text, "level": "document", "top_k": 10, **settings})
                totals[way] += ndcg([result["id"] for result in found["results"]], judged[id])
    print(f"{original}: {len(queries)} queries", file=sys.stderr, flush=True)
    if options.evaluate:
        report = run(options.binary, "evaluate", "retrieval", "--data", folder, "--split", options.split, "--quiet")
        print("\n".join(line for line in report.splitlines() if "nDCG@10 |" in line))
    return {way: total / len(queries) for way, total in totals.items()}


def ndcg(found, grades):
    def gain(grades):
        return sum(grade / math.log2(rank + 2) for rank, grade in enumerate(grades[:10]))

    ideal = gain(sorted(grades.values(), reverse=True))
    return gain([grades.get(id, 0) for id in found]) / ideal if ideal > 0 else 0.0


main()
