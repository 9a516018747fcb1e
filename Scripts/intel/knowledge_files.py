#!/usr/bin/env python3
"""Makes files of Knowledge/ from prepared copies of CWE, CAPEC, NIST SP 800-53 and the NIST CSF.

usage: knowledge_files.py FOLDER

What FOLDER has is made: cwe.json.zst and capec.json, or the controls of 800-53 and CSF with their mappings (nist-800-53-r5.jsonl,
nist-800-53-r5-to-attack-16.1.csv, nist-csf-2.0.jsonl, nist-csf-2.0-to-800-53-r5.csv). Each file written has a header with its source and
terms, then one entry on each line: id, kind, name, text, and the ids of entries it is related to. attack.jsonl is what `securebert knowledge
update` makes of MITRE's STIX bundle; the techniques of controls are those that it has.
"""
import argparse
import collections
import csv
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


FAMILIES = {
    "AC": "Access Control", "AT": "Awareness and Training", "AU": "Audit and Accountability", "CA": "Assessment, Authorization, and Monitoring",
    "CM": "Configuration Management", "CP": "Contingency Planning", "IA": "Identification and Authentication", "IR": "Incident Response",
    "MA": "Maintenance", "MP": "Media Protection", "PE": "Physical and Environmental Protection", "PL": "Planning", "PM": "Program Management",
    "PS": "Personnel Security", "PT": "PII Processing and Transparency", "RA": "Risk Assessment", "SA": "System and Services Acquisition",
    "SC": "System and Communications Protection", "SI": "System and Information Integrity", "SR": "Supply Chain Risk Management"}

# Techniques of ATT&CK 16.1 whose ids were given up, and what they became.
SUCCESSORS = {"T1574.002": "T1574.001"}


def pairs(path, first, second):
    found = collections.defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row[first]].append(row[second])
    return found


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def compact(entry):
    return {key: value for key, value in entry.items() if value or key == "text"}


def controls_800_53(folder):
    known = {entry["id"] for entry in lines(TARGET / "attack.jsonl")[1:]}
    techniques = pairs(folder / "nist-800-53-r5-to-attack-16.1.csv", "control_id", "attack_id")
    unknown = collections.Counter()
    yield from ({"id": family, "kind": "control-group", "name": name, "text": ""} for family, name in FAMILIES.items())
    controls = [control for control in lines(folder / "nist-800-53-r5.jsonl") if control["title"]]
    ids = {control["id"] for control in controls}
    for control in controls:
        enhanced = control["id"].split("(")[0]
        related = [SUCCESSORS.get(technique, technique) for technique in techniques[control["id"]]]
        unknown.update(technique for technique in related if technique not in known)
        yield compact({
            "id": control["id"], "kind": "control", "name": control["title"], "text": control["statement"], "guidance": control["guidance"],
            "baselines": sorted(name.lower() for name in control["baselines"]),
            "parent": enhanced if enhanced != control["id"] and enhanced in ids else control["family"],
            "related": sorted(set(related) & known)})
    print("not in attack.jsonl:", dict(unknown))


def subcategories(folder):
    controls = pairs(folder / "nist-csf-2.0-to-800-53-r5.csv", "csf_id", "control_id")
    entries = {entry["id"]: entry for entry in lines(folder / "nist-csf-2.0.jsonl")}
    for entry in entries.values():
        isControl = entry["level"] == "subcategory"
        yield compact({
            "id": entry["id"], "kind": "control" if isControl else "control-group",
            "name": entries[entry["parent"]]["title"] if isControl else entry["title"], "text": entry["text"],
            "guidance": " ".join(example.rstrip(".") + "." for example in entry["examples"]), "parent": entry.get("parent"),
            "related": sorted({control for control in controls[entry["id"]] if "-" in control})})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    TARGET.mkdir(exist_ok=True)
    if (folder / "cwe.json.zst").exists():
        data = read(folder / "cwe.json.zst")
        write("cwe.jsonl", "MITRE CWE", data["cwe_version"], data["attribution"],
              (entry("weakness", weakness, ["parents", "capec"]) for weakness in data["weaknesses"]))
        data = read(folder / "capec.json")
        write("capec.jsonl", "MITRE CAPEC", "", data["attribution"],
              (entry("attack-pattern", pattern, ["cwe", "attack"]) for pattern in data["attack_patterns"]))
    if (folder / "nist-800-53-r5.jsonl").exists():
        write("nist-800-53.jsonl", "NIST SP 800-53", "5",
              "National Institute of Standards and Technology, public domain (usnistgov/oscal-content 88bb8deeaa81). Techniques that controls mitigate: "
              "Mappings Explorer (center-for-threat-informed-defense/mappings-explorer 2911162ca45d), (c) The MITRE Corporation, Apache-2.0.",
              controls_800_53(folder))
        write("nist-csf.jsonl", "NIST CSF", "2.0",
              "National Institute of Standards and Technology, public domain (usnistgov/oscal-content 3b3cdee8f9f9). Controls behind subcategories: NIST's draft "
              "crosswalk as in degenaro/example-mapping 7f6627dca29d, Apache-2.0.", subcategories(folder))


if __name__ == "__main__":
    main()
