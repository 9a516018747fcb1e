#!/usr/bin/env python3
"""Makes cwe.jsonl and capec.jsonl of Knowledge/ from prepared copies of CWE and CAPEC.

usage: knowledge_files.py FOLDER

FOLDER has cwe.json.zst and capec.json. Each file written has a header with its source and terms, then one entry on each line: id, kind,
name, text, and the ids of entries it is related to. attack.jsonl is what `securebert knowledge update` makes of MITRE's STIX bundle.
"""
import argparse
import json
import pathlib
import re
import subprocess

TARGET = pathlib.Path(__file__).resolve().parents[2] / "Knowledge"


def read(path):
    text = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout if path.suffix == ".zst" else path.read_bytes()
    return json.loads(text)


def summary(text, limit):
    """The first paragraphs, cut at the end of a sentence; without Markdown links."""
    text = re.sub(r"\s+", " ", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)).strip()
    if len(text) <= limit:
        return text
    cut = text.rfind(". ", 0, limit)
    return text[:cut + 1] if cut > 0 else text[:limit].rsplit(" ", 1)[0] + " …"


def entry(kind, source, related):
    content = {"id": source["id"], "kind": kind, "name": source["name"], "text": summary(source["description"], 600)}
    related = sorted({identifier for key in related for identifier in source.get(key, [])})
    return content | ({"related": related} if related else {})


def write(name, source, version, attribution, entries):
    entries = list(entries)
    header = {"format": "securebert-knowledge-1", "source": source, "version": version, "attribution": attribution}
    lines = [json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in [header, *entries]]
    (TARGET / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(entries)} entries, {(TARGET / name).stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    TARGET.mkdir(exist_ok=True)
    data = read(folder / "cwe.json.zst")
    write("cwe.jsonl", "MITRE CWE", data["cwe_version"], data["attribution"],
          (entry("weakness", weakness, ["parents", "capec"]) for weakness in data["weaknesses"]))
    data = read(folder / "capec.json")
    write("capec.jsonl", "MITRE CAPEC", "", data["attribution"],
          (entry("attack-pattern", pattern, ["cwe", "attack"]) for pattern in data["attack_patterns"]))


if __name__ == "__main__":
    main()
