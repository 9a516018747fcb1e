#!/usr/bin/env python3
"""Prints the names of groups, software and campaigns of ATT&CK that are ordinary words, for OrdinaryNames.swift.

usage: ordinary_names.py WORDS

WORDS is a word list with one word on each line, such as /usr/share/dict/american-english-small of Debian's wamerican-small.
"""
import argparse
import json
import pathlib

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("words", type=pathlib.Path)
words = {word.lower() for word in parser.parse_args().words.read_text(encoding="utf-8").split() if "'" not in word}
lines = (pathlib.Path(__file__).resolve().parents[2] / "Knowledge/attack.jsonl").read_text(encoding="utf-8").splitlines()
entries = [json.loads(line) for line in lines[1:]]
names = {
    name.lower() for entry in entries if entry["kind"] in ("group", "malware", "tool", "campaign")
    for name in [entry["name"], *entry.get("aliases", [])]}
print(*sorted(names & words))
