#!/usr/bin/env python3
"""What it would be worth to count the templates of log lines on while lines are scored.

usage: adaptive_log_counts.py DATA.jsonl [--split valid|test] [--binary PATH] [--only HALF_LIFE RULE]

DATA is as `securebert evaluate logs` reads it, and cut as there: the normal lines of the first 40 % are fitted on, the next 30 % are valid, the rest is test.
`securebert logs` scores the lines of the split, and the scores are computed again with counts that grow: every line counts one for its template
when it has been scored, and all counts, those of the profile too, halve in HALF_LIFE lines (inf: never). RULE says which lines count: all; those that the
model takes for no fault (calm: severity below 0); those that were no anomaly (quiet). Thresholds stay those of the profile.
"""
import argparse
import json
import math
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HALF_LIVES = [math.inf, 5000, 2000, 1000, 500, 200]
RULES = {"all": lambda row, score, profile: True, "calm": lambda row, score, profile: row["severity"] < 0,
         "quiet": lambda row, score, profile: score <= profile["threshold"]}


def scored(data, split, binary):
    """The profile, the lines of the split with their scores, and their labels."""
    lines = data.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    fit_end, valid_end = int(len(lines) * 0.4), int(len(lines) * 0.7)
    part = range(fit_end, valid_end) if split == "valid" else range(valid_end, len(lines))
    with tempfile.TemporaryDirectory() as folder:
        clean, judged, profile = (pathlib.Path(folder) / name for name in ("clean.jsonl", "judged.jsonl", "profile.json"))
        clean.write_text("".join(lines[index] + "\n" for index in range(fit_end) if not rows[index]["label"]), encoding="utf-8")
        judged.write_text("".join(lines[index] + "\n" for index in part), encoding="utf-8")
        subprocess.run([binary, "logs", "fit", "--quiet", "--field", "content", "--output", profile, clean], check=True)
        run = subprocess.run([binary, "logs", "--profile", profile, "--field", "content", "--jsonl", judged], capture_output=True, text=True, check=True)
        return json.loads(profile.read_text(encoding="utf-8")), [json.loads(line)["securebert_logs"] for line in run.stdout.splitlines()], [rows[index]["label"] for index in part]


def rescored(profile, rows, half_life, rule):
    """Scores with counts that grow; with a half-life of None with those of the profile."""
    decay = 1 if half_life in (None, math.inf) else 0.5 ** (1 / half_life)
    counts = {row["template_id"]: row["frequency"] * profile["lines"] for row in rows}
    total, scores = profile["lines"], []
    for row in rows:
        count = counts[row["template_id"]]
        score = math.log(total + 1) - math.log(count + math.exp(-row["surprise"])) + 2 * row["severity"]
        scores.append(score)
        if half_life is None:
            continue
        counts = {template: value * decay for template, value in counts.items()} if decay < 1 else counts
        total *= decay
        if RULES[rule](row, score, profile):
            counts[row["template_id"]] += 1
            total += 1
    return scores


def average_precision(scores, labels):
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    found = value = 0
    for start in range(len(order)):
        if start and scores[order[start]] == scores[order[start - 1]]:
            continue
        same = [index for index in order[start:] if scores[index] == scores[order[start]]]
        right = sum(labels[index] for index in same)
        found += right
        value += right * found / (start + len(same))
    return value / max(1, sum(labels))


def figures(scores, labels, threshold):
    called = [score > threshold for score in scores]
    right = sum(label for label, call in zip(labels, called) if call)
    precision, recall = right / max(1, sum(called)), right / max(1, sum(labels))
    f1 = 2 * precision * recall / (precision + recall) if right else 0
    alarms = (sum(called) - right) / max(1, len(labels) - sum(labels))
    return f"{precision:.3f} {recall:.3f} {f1:.3f} {average_precision(scores, labels):.3f} {100 * alarms:.1f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--split", choices=["valid", "test"], default="valid")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/securebert")
    parser.add_argument("--only", nargs=2, metavar=("HALF_LIFE", "RULE"))
    arguments = parser.parse_args()
    profile, rows, labels = scored(arguments.data, arguments.split, arguments.binary)
    ways = [(float(arguments.only[0]), arguments.only[1])] if arguments.only else [(half_life, rule) for rule in RULES for half_life in HALF_LIVES]
    frozen = rescored(profile, rows, None, "all")
    assert all(abs(score - row["score"]) < 1e-3 for score, row in zip(frozen, rows)), "the frozen scores are those of securebert logs"
    print(f"{len(labels)} lines, {sum(labels)} anomalous; precision, recall, F1, average precision, false alarms of lines; of windows of {profile['window']}")
    for name, scores in [("frozen", frozen)] + [(f"half-life {half_life:g}, {rule}", rescored(profile, rows, half_life, rule)) for half_life, rule in ways]:
        windows = [range(start, min(start + profile["window"], len(scores))) for start in range(0, len(scores), profile["window"])]
        print(f"{name:24} {figures(scores, labels, profile['threshold'])} | " + figures(
            [max(scores[index] for index in window) for window in windows], [int(any(labels[index] for index in window)) for window in windows], profile["window_threshold"]))


if __name__ == "__main__":
    main()
