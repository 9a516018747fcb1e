#!/usr/bin/env python3
"""Writes names of malware, organizations and systems for `securebert finetune ner --names`.

usage: names_from_corpus.py SHARD.jsonl[.zst]... > names.tsv

Malware and organizations are the titles of MISP galaxy entries, systems the products that CVE entries give in
brackets after their number, at least three times. Only the prepared corpus is read, no labelled data.
"""
import collections
import json
import re
import subprocess
import sys

MALWARE = ("malpedia", "rat", "ransomware", "banker", "android", "botnet", "stealer", "backdoor", "exploit-kit", "tds", "cryptominers")
ORGANIZATIONS = ("threat-actor", "surveillance-vendor", "microsoft-activity-group", "producer")
PRODUCT = re.compile(r"^CVE-\d+-\d+ \(([^()]{2,40})\)$")


def documents(path):
    if path.endswith(".zst"):
        with subprocess.Popen(["zstdcat", path], stdout=subprocess.PIPE, text=True) as stream:
            yield from map(json.loads, stream.stdout)
    else:
        with open(path, encoding="utf-8") as stream:
            yield from map(json.loads, stream)


def is_name(text):
    return 2 < len(text) <= 40 and len(text.split()) <= 3 and any(c.isalpha() for c in text) and " - " not in text


names = collections.defaultdict(set)
products = collections.Counter()
for path in sys.argv[1:]:
    for document in documents(path):
        source, _, entry = document["id"].partition(":")
        title = re.sub(r" \([^)]*\)$", "", document["title"]).strip()
        if source == "MISP/misp-galaxy" and is_name(title):
            cluster = entry.split("/")[0]
            if cluster in MALWARE:
                names["Malware"].add(title)
            elif cluster in ORGANIZATIONS:
                names["Organization"].add(title)
        elif source == "trickest/cve" and (match := PRODUCT.match(document["text"].split("\n", 1)[0])):
            products[match.group(1)] += 1
names["System"] = {name for name, count in products.items() if count >= 3 and is_name(name)}
for kind in sorted(names):
    for name in sorted(names[kind]):
        print(kind, name, sep="\t")
