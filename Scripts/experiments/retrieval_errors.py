#!/usr/bin/env python3
"""Draws validation queries for which the right passage is not found first, to be read.

usage: retrieval_errors.py BINARY MODEL DATA [--queries N] [--cases 10] [--seed 1] > cases.jsonl

DATA holds retrieval/SET (BEIR's layout) and attack/cwe.json.zst. Of each set all passages and the validation queries, or N of them at
random, are embedded with MODEL by `BINARY embed`; test queries are never looked at. Passages are ranked by vectors, by words (BM25)
and by both, as `evaluate retrieval` does: scaled scores of the first 100 of each, four fifths and one fifth. Of the queries with no
right passage first by vectors --cases are drawn and written, one JSON object a line: the query, its right passages with their ranks
by each way, and the first three passages of each way with what they are to the nearest right one (itself, parent, child, sibling,
none: ATT&CK's by id, CWE's by its parents). Totals of each set go to standard error.
"""
import argparse
import collections
import json
import math
import os
import random
import re
import subprocess
import sys

import numpy

SETS = ["attack-detection-to-technique", "attack-procedure-to-technique", "capec-to-cwe", "cve-to-cwe", "rule-to-technique"]
WAYS = ["vectors", "words", "both"]
DEPTH, WEIGHT, K1, B = 100, 0.8, 1.5, 0.75
# What stands where a name was taken out of a query, and not in ordinary sentences; rules have it in those too.
BLANK = re.compile(r"(?<!of )this (activity|weakness)")
# Those of the program's keyword search.
STOP_WORDS = set(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will "
    "with".split())


def lines(path):
    """Objects of a file of JSON lines that may be compressed."""
    if not os.path.exists(path):
        path += ".zst"
    command = ["zstdcat" if path.endswith(".zst") else "cat", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as stream:
        yield from map(json.loads, stream.stdout)


def judgements(path):
    """The right passages of each query."""
    right = collections.defaultdict(set)
    with open(path, encoding="utf-8") as file:
        next(file)
        for line in file:
            query, passage, score = line.split()
            if int(score) > 0:
                right[query].add(passage)
    return right


def vectors(texts):
    """Unit vectors of texts."""
    command = [arguments.binary, "embed", "--model", arguments.model, "--normalize", "--input-format", "jsonl", "--jsonl", "--quiet"]
    given = "".join(json.dumps({"id": index, "text": text}) + "\n" for index, text in enumerate(texts))
    found = subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout
    return numpy.array([line["embedding"] for line in sorted(map(json.loads, found.splitlines()), key=lambda line: line["id"])])


def words(text):
    return [word for word in re.findall(r"\w{2,}", text.lower()) if word not in STOP_WORDS]


class BM25:
    def __init__(self, texts):
        counts = [collections.Counter(words(text)) for text in texts]
        lengths = numpy.array([sum(count.values()) for count in counts])
        self.norms = K1 * (1 - B + B * lengths / lengths.mean())
        self.postings = collections.defaultdict(list)
        for index, count in enumerate(counts):
            for word, number in count.items():
                self.postings[word].append((index, number))

    def __call__(self, query):
        scores = numpy.zeros(len(self.norms))
        for word in words(query):
            found = self.postings.get(word, [])
            weight = math.log(1 + (len(scores) - len(found) + 0.5) / (len(found) + 0.5))
            for index, number in found:
                scores[index] += weight * number / (number + self.norms[index])
        return scores


def scaled(scores):
    """The first scores from 1 to 0, and 0 for the others."""
    order = [index for index in numpy.argsort(-scores, kind="stable")[:DEPTH] if scores[index] > 0]
    result = numpy.zeros(len(scores))
    if order:
        last, width = scores[order[-1]], scores[order[0]] - scores[order[-1]]
        result[order] = (scores[order] - last) / width if width > 0 else 1
    return result


def gain(order, right):
    """nDCG@10."""
    best = sum(1 / math.log2(rank + 2) for rank in range(min(10, len(right))))
    return sum(1 / math.log2(rank + 2) for rank, passage in enumerate(order[:10]) if passage in right) / best


def steps(found, right):
    """How many steps up or down there are between two weaknesses; 4 for all that are further away."""
    reached = {found}
    for step in range(4):
        if right in reached:
            return step
        reached |= {end for name in reached for end in neighbours.get(name, ())}
    return 4


def relation(found, right):
    """What the found passage is to the right one."""
    if found == right:
        return "itself"
    ups = {name: parents.get(name) or ({name.split(".")[0]} - {name}) for name in (found, right)}
    if found in ups[right]:
        return "parent"
    if right in ups[found]:
        return "child"
    return "sibling" if ups[found] & ups[right] else "none"


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("binary")
parser.add_argument("model")
parser.add_argument("data")
parser.add_argument("--queries", type=int, help="validation queries of each set; all unless given")
parser.add_argument("--cases", type=int, default=10, help="of those that are missed")
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()

with subprocess.Popen(["zstdcat", f"{arguments.data}/attack/cwe.json.zst"], stdout=subprocess.PIPE) as stream:
    parents = {weakness["id"]: set(weakness["parents"]) for weakness in json.load(stream.stdout)["weaknesses"]}
neighbours = collections.defaultdict(set)
for child, above in parents.items():
    for parent in above:
        neighbours[child].add(parent)
        neighbours[parent].add(child)
trained = collections.Counter()
for name in SETS:
    trained.update(passage for wanted in judgements(f"{arguments.data}/retrieval/{name}/qrels/train.tsv").values() for passage in wanted)
embedded = {}
for name in SETS:
    folder = f"{arguments.data}/retrieval/{name}"
    passages = list(lines(f"{folder}/corpus.jsonl"))
    texts = [f"{passage['title']} {passage['text']}".strip() for passage in passages]
    ids = [passage["_id"] for passage in passages]
    titles = {passage["_id"]: passage["title"] for passage in passages}
    right = judgements(f"{folder}/qrels/valid.tsv")
    choice = random.Random(f"{name} {arguments.seed}")
    queries = sorted((query for query in lines(f"{folder}/queries.jsonl") if query["_id"] in right), key=lambda query: query["_id"])
    queries = choice.sample(queries, min(arguments.queries or len(queries), len(queries)))
    if texts[0] not in embedded:
        embedded[texts[0]] = vectors(texts)
    cosines = vectors([query["text"] for query in queries]) @ embedded[texts[0]].T
    keywords = BM25(texts)
    missed, totals, examples = [], {way: [] for way in WAYS}, []
    for query, cosine in zip(queries, cosines):
        matched = keywords(query["text"])
        scores = [cosine, matched, WEIGHT * scaled(cosine) + (1 - WEIGHT) * scaled(matched)]
        orders = {way: [ids[index] for index in numpy.argsort(-score, kind="stable")] for way, score in zip(WAYS, scores)}
        wanted = right[query["_id"]]
        for way, order in orders.items():
            totals[way].append((gain(order, wanted), order[0] in wanted))
        ranks = {passage: {way: order.index(passage) + 1 for way, order in orders.items()} for passage in wanted}
        rank = {way: min(ranks[passage][way] for passage in wanted) for way in WAYS}
        examples.append((query["text"], rank, max(trained[passage] for passage in wanted)))
        if rank["vectors"] == 1:
            continue
        nearest = min(wanted, key=lambda passage: ranks[passage]["vectors"])
        missed.append({
            "set": name, "id": query["_id"], "query": query["text"],
            "right": [{"id": passage, "title": titles[passage], **ranks[passage]}
                      for passage in sorted(wanted, key=lambda passage: ranks[passage]["vectors"])],
            "rank": rank,
            "first": {way: [{"id": passage, "title": titles[passage], "relation": relation(passage, nearest), "right": passage in wanted}
                            for passage in order[:3]] for way, order in orders.items()},
        })
    for case in choice.sample(missed, min(arguments.cases, len(missed))):
        print(json.dumps(case, ensure_ascii=False))

    def first(way, chosen):
        """How many of the chosen queries have a right passage first, as text."""
        chosen = [rank for text, rank, count in examples if chosen(text, rank, count)]
        return f"{sum(rank[way] == 1 for rank in chosen)} of {len(chosen)}"

    ranks = [case["rank"] for case in missed]
    report = [
        f"{name}: {len(queries)} queries, {len(missed)} missed by vectors; right among three {sum(rank['vectors'] <= 3 for rank in ranks)}, "
        f"among ten {sum(rank['vectors'] <= 10 for rank in ranks)}",
        *(f"{way}: nDCG@10 {numpy.mean([gain for gain, _ in values]):.3f}, first {numpy.mean([found for _, found in values]):.3f}"
          for way, values in totals.items()),
        "by vectors or by words first: " + f"{numpy.mean([min(rank['vectors'], rank['words']) == 1 for _, rank, _ in examples]):.3f}",
        "first by both, of those first by words alone: " + first("both", lambda _, rank, __: rank["words"] == 1 < rank["vectors"])
        + ", of those first by vectors alone: " + first("both", lambda _, rank, __: rank["vectors"] == 1 < rank["words"]),
        f"of the missed, not among the first {DEPTH} of words: {sum(rank['words'] > DEPTH for rank in ranks)}",
        *(f"joining moves those {what} up {sum(rank['both'] < rank['vectors'] for rank in chosen)}, down "
          f"{sum(rank['both'] > rank['vectors'] for rank in chosen)}"
          for what, chosen in [("among them", [rank for rank in ranks if rank["words"] <= DEPTH]),
                               ("not among them", [rank for rank in ranks if rank["words"] > DEPTH])]),
        "found first instead: " + str(dict(collections.Counter(case["first"]["vectors"][0]["relation"] for case in missed)))
        + f", {len({case['first']['vectors'][0]['id'] for case in missed})} different ones",
        "first where a name was taken out: " + first("vectors", lambda text, *_: BLANK.search(text))
        + ", elsewhere: " + first("vectors", lambda text, *_: not BLANK.search(text)),
        "first where the right one has fewer than 20 training queries: " + first("vectors", lambda _, __, count: count < 20)
        + ", others: " + first("vectors", lambda _, __, count: count >= 20),
    ]
    if name.endswith("-to-cwe"):
        away = [min(steps(case["first"]["vectors"][0]["id"], right["id"]) for right in case["right"]) for case in missed]
        other = [min(steps(choice.choice(ids), right["id"]) for right in case["right"]) for case in missed]
        report.append(f"found first instead within three steps: {sum(step < 4 for step in away)}, "
                      f"a passage at random: {sum(step < 4 for step in other)}")
    print("\n  ".join(report), file=sys.stderr)
