#!/usr/bin/env python3
"""Fits how sure one can be that a text is about a control, and can look for better weights of the evidence.

usage: fit_control_mapping.py OTHER [--search] [--quality] [--binary PATH]
       fit_control_mapping.py --settings CHOOSE.jsonl [--search] [--quality-on TEST.jsonl] [--binary PATH]

OTHER is a folder of texts that are about no controls, such as threat reports; every second of them counts. What `securebert evaluate compliance --split
valid --scores` writes is fitted: logistic regression over the sum of the evidence and the cosine, once for each form of Knowledge/control-mapping.json.
The threshold is that of the largest F0.5 of at most five suggestions for a query, paragraphs of OTHER included: whoever reviews suggestions minds wrong ones
more than missing ones. --search goes through other weights first, one
after the other, by nDCG@10 on the valid split. --quality adds precision and recall on the test split to the file; nothing is chosen by them.

With --settings only what settings are mapped by is fitted, to what `securebert evaluate compliance --settings CHOOSE.jsonl --scores` writes, in the same way;
--quality-on adds precision and recall on other settings. Scripts/experiments/settings_from_content.py makes both files.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import tempfile

import numpy
from sklearn.linear_model import LogisticRegression

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "Knowledge/control-mapping.json"
GRID = {"title": [0.2, 0.3, 0.4, 0.6, 0.8], "statement": [0.2, 0.3, 0.4, 0.6, 0.8], "similarity": [0.2, 0.4, 0.6, 0.8], "crosswalk": [0.4, 0.75, 1.0, 1.5],
        "enhancements": [0.15, 0.3, 0.45], "base": [0.1, 0.2, 0.3, 0.45]}
SETS = {"nist-800-53": ["CSF outcome with examples to 800-53", "CSF outcome to 800-53", "CSF example to 800-53"], "nist-csf": ["800-53 statement to CSF"]}
# The set of each framework on which suggestions are right least often: what is printed beside them is not to promise too much.
QUALITY = {"nist-800-53": "CSF example to 800-53", "nist-csf": "800-53 statement to CSF"}
SETTINGS_GRID = GRID | {"title": [0.2, 0.4, 0.8, 1.2], "guidance": [0.2, 0.6, 1.0]}
SUGGESTIONS = 5
SETTINGS = "nist-800-53-settings"


def evaluate(binary, *arguments, mapping=None):
    with tempfile.TemporaryDirectory() as folder:
        if mapping:
            for path in TARGET.parent.iterdir():
                shutil.copy(path, folder)
            (pathlib.Path(folder) / TARGET.name).write_text(json.dumps(mapping), encoding="utf-8")
            arguments = [*arguments, "--knowledge", folder]
        run = subprocess.run([binary, "evaluate", "compliance", "--json", "--quiet", *arguments], capture_output=True, text=True, check=True)
    return {section["title"]: {name: figure["value"] for name, figure in section["figures"].items()} for section in json.loads(run.stdout)["sections"]}


def improve(form, weights, grid, quality):
    """Coordinate by coordinate, the weights of the largest quality."""
    best = quality()
    for name, values in grid.items():
        for value in values:
            if value == weights[name] or weights[name] == 0:
                continue
            old, weights[name] = weights[name], value
            found = quality()
            print(f"{form}: {name} {value}: {found:.4f}, best {best:.4f}", flush=True)
            if found > best + 5e-4:
                best = found
            else:
                weights[name] = old


def search(binary, mapping):
    """What gives the largest mean of nDCG@10 over the sets of a form."""
    for form, sets in SETS.items():
        def quality():
            found = evaluate(binary, "--split", "valid", mapping=mapping)
            return numpy.mean([found[name]["mapper: nDCG@10"] for name in sets])
        improve(form, mapping[form]["weights"], GRID, quality)
    # Catalogs of one's own have one text for a control, and nothing beside it.
    weights = mapping["nist-800-53"]["weights"]
    mapping["other"]["weights"] = weights | {"statement": weights["statement"] + weights["guidance"], "guidance": 0.0} | dict.fromkeys(
        ["crosswalk", "enhancements", "base"], 0.0)


def fit(rows):
    candidates = [(row, candidate) for row in rows for candidate in row["candidates"]]
    features = numpy.array([[candidate["score"], candidate["similarity"]] for _, candidate in candidates])
    right = numpy.array([candidate["right"] for _, candidate in candidates])
    model = LogisticRegression(C=100, max_iter=1000).fit(features, right)
    return model, lambda row: [model.predict_proba([[candidate["score"], candidate["similarity"]]])[0, 1] for candidate in row["candidates"]]


def fit_form(form, rows):
    """What makes probabilities of the evidence, and the threshold."""
    model, probabilities = fit(rows)
    values = [probabilities(row) for row in rows]
    threshold = max(numpy.linspace(0.1, 0.7, 61), key=lambda value: quality_at(rows, values, value))
    print(f"{form}: F0.5 of {SUGGESTIONS} suggestions {quality_at(rows, values, threshold):.3f} at {threshold:.2f}, {len(rows)} texts")
    return {"bias": round(float(model.intercept_[0]), 4), "score": round(float(model.coef_[0][0]), 4),
            "similarity": round(float(model.coef_[0][1]), 4), "threshold": round(float(threshold), 2)}


def fit_settings(binary, mapping, path, is_searched, quality_on):
    form = mapping.setdefault(SETTINGS, {name: dict(mapping["nist-800-53"][name]) for name in ("weights", "probability")})
    form.pop("quality", None)
    # How much a cosine counts beside the sum is fitted with it, and neither is worth much before.
    for _ in range(2 if is_searched else 1):
        if is_searched:
            improve(SETTINGS, form["weights"], SETTINGS_GRID, lambda: only(evaluate(binary, "--settings", path, mapping=mapping))["mapper, explained: nDCG@10"])
        with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
            evaluate(binary, "--settings", path, "--scores", file.name, mapping=mapping)
            form["probability"] = fit_form(SETTINGS, [json.loads(line) for line in open(file.name, encoding="utf-8")])
    if quality_on:
        measured = only(evaluate(binary, "--settings", quality_on, mapping=mapping))
        form["quality"] = {name: round(measured[f"suggestions: {name}"], 3) for name in ("precision", "recall")}


def only(sections):
    return next(iter(sections.values()))


def quality_at(rows, probabilities, threshold):
    suggested = found = relevant = 0
    for row, values in zip(rows, probabilities):
        kept = [candidate for candidate, value in list(zip(row["candidates"], values))[:SUGGESTIONS] if value >= threshold]
        suggested, found, relevant = suggested + len(kept), found + sum(candidate["right"] for candidate in kept), relevant + min(row["relevant"], SUGGESTIONS)
    return 1.25 * found / max(1, suggested + 0.25 * relevant)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=pathlib.Path, nargs="?")
    parser.add_argument("--settings", type=pathlib.Path)
    parser.add_argument("--quality-on", type=pathlib.Path)
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--quality", action="store_true")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/securebert")
    arguments = parser.parse_args()
    if (arguments.other is None) == (arguments.settings is None):
        parser.error("either OTHER or --settings is needed")
    mapping = json.loads(TARGET.read_text(encoding="utf-8"))
    if arguments.settings:
        fit_settings(arguments.binary, mapping, arguments.settings, arguments.search, arguments.quality_on)
        TARGET.write_text(json.dumps(mapping, indent=2) + "\n", encoding="utf-8")
        return
    if arguments.search:
        search(arguments.binary, mapping)
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        evaluate(arguments.binary, "--split", "valid", "--unrelated", arguments.other, "--scores", file.name, mapping=mapping)
        rows = [json.loads(line) for line in open(file.name, encoding="utf-8")]
    for form in ("nist-800-53", "nist-csf", "other"):
        mapping[form]["probability"] = fit_form(form, [row for row in rows if row["form"] == form])
        mapping[form].pop("quality", None)
    if arguments.quality:
        found = evaluate(arguments.binary, "--split", "test", mapping=mapping)
        for form, sets in SETS.items():
            measured = found[QUALITY[form]]
            mapping[form]["quality"] = {name: round(measured[f"suggestions: {name}"], 3) for name in ("precision", "recall")}
    TARGET.write_text(json.dumps(mapping, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
