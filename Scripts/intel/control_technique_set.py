#!/usr/bin/env python3
"""Makes a search set in BEIR's layout of controls as queries and the ATT&CK techniques that they mitigate as passages.

usage: control_technique_set.py FOLDER

From Knowledge/nist-800-53.jsonl and Knowledge/attack.jsonl. Every second family of controls is valid, the others are test, as in `securebert evaluate
compliance`; `securebert evaluate retrieval --data FOLDER --split valid` measures it.
"""
import argparse
import json
import pathlib

KNOWLEDGE = pathlib.Path(__file__).resolve().parents[2] / "Knowledge"


def entries(name):
    return [json.loads(line) for line in (KNOWLEDGE / name).read_text(encoding="utf-8").splitlines()[1:]]


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    controls = [entry for entry in entries("nist-800-53.jsonl") if entry["kind"] == "control"]
    families = list(dict.fromkeys(control["id"].split("-")[0] for control in controls))
    queries = [control for control in controls if control.get("related")]
    write(folder / "corpus.jsonl", ({"_id": entry["id"], "title": entry["name"], "text": entry["text"]}
                                    for entry in entries("attack.jsonl") if entry["kind"] == "technique"))
    write(folder / "queries.jsonl", ({"_id": control["id"], "text": f"{control['name']}. {control['text'] or control['guidance']}"} for control in queries))
    for remainder, split in enumerate(["valid", "test"]):
        own = [control for control in queries if families.index(control["id"].split("-")[0]) % 2 == remainder]
        rows = [f"{control['id']}\t{technique}\t1\n" for control in own for technique in control["related"]]
        (folder / f"qrels/{split}.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(rows), encoding="utf-8")
        print(f"{split}: {len(own)} controls, {len(rows)} techniques")


if __name__ == "__main__":
    main()
