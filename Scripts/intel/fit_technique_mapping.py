#!/usr/bin/env python3
"""Fits how the classifier and the nearness to descriptions are joined when sentences are mapped to ATT&CK techniques.

usage: fit_technique_mapping.py SENTENCES.jsonl [--test SENTENCES.jsonl] [--binary PATH]

SENTENCES.jsonl are sentences with "text", "labels" (techniques, or none) and "doc", which the classifier was not trained on; by them the
coefficients are chosen and, in five parts by document, what they are worth is estimated. Writes Knowledge/technique-mapping.json.
"""
import argparse
import json
import pathlib
import subprocess

import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = ROOT / "Knowledge/technique-mapping.json"


def securebert(binary, command, model, texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    run = subprocess.run([binary, command, "--model", ROOT / "Models" / model, "--input-format", "jsonl", "--jsonl", "--quiet"],
                         input=lines, text=True, capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def techniques():
    lines = (ROOT / "Knowledge/attack.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    return [entry for entry in map(json.loads, lines) if entry["kind"] == "technique"]


def vectors(binary, texts):
    found = numpy.array([line["embedding"] for line in securebert(binary, "embed", "securebert-mini-embed", texts)])
    return found / numpy.linalg.norm(found, axis=1, keepdims=True)


def read(binary, path, known):
    """Logits, similarities to the classifier's techniques, the largest similarity to any, and what is right."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [row["text"].replace("\n", " ") for row in rows]
    logits = [{label["label"]: label["logit"] for label in line["labels"]}
              for line in securebert(binary, "classify", "securebert-mini-attack-multi", texts)]
    labels = sorted(label for label in logits[0] if label in known)
    similar = vectors(binary, texts) @ vectors(binary, [known[label]["name"] + " " + known[label]["text"] for label in known]).T
    columns = [list(known).index(label) for label in labels]
    return {
        "logit": numpy.array([[line[label] for label in labels] for line in logits]), "similarity": similar[:, columns],
        "gap": similar.max(1, keepdims=True) - similar[:, columns], "right": numpy.array([[label in row["labels"] for label in labels] for row in rows]),
        "doc": numpy.array([row["doc"] for row in rows])}


FORMS = {"classified": ["logit", "similarity"], "described": ["similarity", "gap"], "logit alone": ["logit"]}


def fit(data, form, rows):
    features = numpy.stack([data[name][rows].reshape(-1) for name in FORMS[form]], 1)
    return LogisticRegression(C=10, max_iter=1000).fit(features, data["right"][rows].reshape(-1))


def probabilities(model, data, form, rows):
    features = numpy.stack([data[name][rows].reshape(-1) for name in FORMS[form]], 1)
    return model.predict_proba(features)[:, 1].reshape(data["right"][rows].shape)


def micro_f1(right, given):
    return 2 * (right & given).sum() / max(1, right.sum() + given.sum())


def best_threshold(form, thresholds, right, scores):
    """That of the largest micro-F1; of descriptions alone, of which there are many more to be wrong, where half is right."""
    if form != "described":
        return max(thresholds, key=lambda value: micro_f1(right, scores >= value))
    return next((value for value in thresholds if (right & (scores >= value)).sum() >= 0.5 * max(1, (scores >= value).sum())), thresholds[-1])


def describe(name, right, scores, threshold):
    top = numpy.argsort(-scores[right.any(1)], 1)[:, :3]
    found = numpy.take_along_axis(right[right.any(1)], top, 1).any(1).mean()
    print(f"{name}: micro-F1 {micro_f1(right, scores >= threshold):.3f} at {threshold:.2f}, average precision "
          f"{average_precision_score(right.reshape(-1), scores.reshape(-1)):.3f}, right one among three {found:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences", type=pathlib.Path)
    parser.add_argument("--test", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/securebert")
    arguments = parser.parse_args()
    known = {entry["id"]: entry for entry in techniques()}
    data = read(arguments.binary, arguments.sentences, known)
    documents = sorted(set(data["doc"]))
    numpy.random.RandomState(0).shuffle(documents)
    part = numpy.array([documents.index(doc) % 5 for doc in data["doc"]])
    result, thresholds = {}, numpy.linspace(0.05, 0.8, 76)
    for form in FORMS:
        held_out = numpy.zeros(data["right"].shape)
        for index in range(5):
            held_out[part == index] = probabilities(fit(data, form, part != index), data, form, part == index)
        threshold = best_threshold(form, thresholds, data["right"], held_out)
        describe(f"{form}, held out", data["right"], held_out, threshold)
        if form == "logit alone":
            continue  # only to compare with
        model = fit(data, form, slice(None))
        result[form] = {"bias": round(float(model.intercept_[0]), 4), "threshold": round(float(threshold), 2)} | {
            name: round(float(value), 4) for name, value in zip(FORMS[form], model.coef_[0])}
    if arguments.test:
        test = read(arguments.binary, arguments.test, known)
        for form in result:
            scores = probabilities(fit(data, form, slice(None)), test, form, slice(None))
            describe(f"{form}, test", test["right"], scores, result[form]["threshold"])
    models = {"classifier": "securebert-mini-attack-multi", "encoder": "securebert-mini-embed"}
    TARGET.write_text(json.dumps({"format": "securebert-mapping-1", **models, **result}, indent=2) + "\n", encoding="utf-8")
    print(TARGET.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
