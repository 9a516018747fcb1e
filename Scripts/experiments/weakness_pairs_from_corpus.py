#!/usr/bin/env python3
"""Writes pairs of CVE descriptions and the weakness they name, for `securebert finetune embed --train`.

usage: weakness_pairs_from_corpus.py RETRIEVAL/cve-to-cwe SHARD.jsonl[.zst]... > pairs.jsonl

CVE entries of the prepared corpus end with a line "Weakness: CWE-79 ..."; the line is removed and the description paired with
the text of that weakness in the retrieval set. At most 60 entries a weakness, as in the set; entries that are queries of the
set, of any split, are left out.
"""
import collections
import json
import os
import random
import re
import subprocess
import sys

LIMIT = 60


def lines(path):
    if path.endswith(".zst"):
        with subprocess.Popen(["zstdcat", path], stdout=subprocess.PIPE, text=True) as stream:
            yield from stream.stdout
    else:
        with open(path, encoding="utf-8") as stream:
            yield from stream


folder = sys.argv[1]
queries = next(path for name in ("queries.jsonl.zst", "queries.jsonl") if os.path.exists(path := f"{folder}/{name}"))
known = [json.loads(line) for line in lines(queries)]
known_ids = {query["_id"].lower() for query in known}
known_texts = {query["text"] for query in known}
weaknesses = {entry["_id"]: f"{entry['title']} {entry['text']}" for entry in map(json.loads, lines(f"{folder}/corpus.jsonl"))}
found = collections.defaultdict(list)
for path in sys.argv[2:]:
    for line in lines(path):
        if '"trickest/cve:' not in line:
            continue
        document = json.loads(line)
        match = re.search(r"\n\nWeakness: (CWE-\d+)[^\n]*$", document["text"])
        if match and match.group(1) in weaknesses and document["title"].lower() not in known_ids:
            text = document["text"][: match.start()].split("\n\n", 1)[-1]
            if text not in known_texts:
                found[match.group(1)].append(text)
choice = random.Random(1)
for weakness in sorted(found):
    for text in choice.sample(sorted(found[weakness]), min(LIMIT, len(found[weakness]))):
        print(json.dumps({"query": text, "positive": weaknesses[weakness]}))
