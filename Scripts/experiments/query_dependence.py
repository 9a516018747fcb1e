#!/usr/bin/env python3
"""Says how much of a cross-encoder's scores depends on what is asked.

usage: query_dependence.py BINARY MODEL MINED.jsonl [--queries 40]

Each query of MINED.jsonl (lines of `securebert mine`) is asked of its passages, and so is the query before it in the file, which is about
something else. One that reads its query scores them differently: a correlation of the two near 1 means that it has only learned
which passages are often right. Prints the correlations' quartiles, and how often the right passage is above its rivals, asked for
by its own query and by the other.
"""
import argparse
import json
import subprocess

import numpy

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("binary")
parser.add_argument("model")
parser.add_argument("mined")
parser.add_argument("--queries", type=int, default=40)
arguments = parser.parse_args()


def scores(query, passages):
    """Logits of the passages, in their order."""
    command = [arguments.binary, "rerank", "--model", arguments.model, f"--query={query}", "--input-format", "jsonl", "--jsonl", "--quiet"]
    lines = "".join(json.dumps({"text": passage}) + "\n" for passage in passages)
    found = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    return numpy.array([line["logit"] for line in sorted(map(json.loads, found.splitlines()), key=lambda line: line["index"])])


with open(arguments.mined, encoding="utf-8") as file:
    examples = [json.loads(line) for line in file]
step = max(1, len(examples) // arguments.queries)
correlations, own_wins, other_wins = [], [], []
for index in range(step, len(examples), step):
    passages = [examples[index]["positive"], *examples[index]["negatives"]]
    own, other = (scores(examples[i]["query"], passages) for i in (index, index - 1))
    correlations.append(numpy.corrcoef(own, other)[0, 1])
    own_wins.append((own[0] > own[1:]).mean())
    other_wins.append((other[0] > other[1:]).mean())
quartiles = numpy.percentile(correlations, [25, 50, 75])
print(f"{len(correlations)} queries, correlation with another query: quartiles " + ", ".join(f"{value:.2f}" for value in quartiles))
print(f"right passage above a rival: {numpy.mean(own_wins):.3f} by its own query, {numpy.mean(other_wins):.3f} by another")
