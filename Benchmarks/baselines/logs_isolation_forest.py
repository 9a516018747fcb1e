#!/usr/bin/env python3
"""Anomalous log lines with isolation forests, and with template frequency, on the parts that `securebert evaluate logs` uses.

    python Benchmarks/baselines/logs_isolation_forest.py --data DIR [--split valid]        DIR holds logs/bgl-2k.jsonl

The normal lines of the first 40 % are fitted on, the next 30 % are for choosing, the rest is the test. Scores of lines: isolation forest
(Liu, Ting and Zhou 2008) over TF-IDF of words without digits, reduced to 50 dimensions by SVD or not; and -log of the template's share. Scores of
windows of 20 lines: isolation forest over counts of templates, and the largest of the lines' scores. Thresholds are the quantile of the
clean part's scores that lets 1 % through; frequencies leave out the line itself. Templates are drain3's.
"""

import argparse
import math
import re
from collections import Counter
from pathlib import Path

from data import read_jsonl


def templates(lines: list[str]) -> list[int]:
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig

    config = TemplateMinerConfig()
    config.masking_instructions = [
        MaskingInstruction(r"((?<=[^A-Za-z0-9])|^)(0x[a-fA-F0-9]+)((?=[^A-Za-z0-9])|$)", "HEX"),
        MaskingInstruction(r"((?<=[^A-Za-z0-9])|^)([\-\+]?\d+)((?=[^A-Za-z0-9])|$)", "NUM"),
        MaskingInstruction(r"(/[\w.\-]+)+", "PATH"),
    ]
    miner = TemplateMiner(None, config)
    return [miner.add_log_message(line)["cluster_id"] for line in lines]


def threshold(scores: list[float], share: float) -> float:
    """The lowest of the scores that at most a share of them exceeds."""
    ordered = sorted(scores, reverse=True)
    allowed = int(share * len(ordered))
    return ordered[allowed]


def windows(values: list, size: int) -> list[list]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", default="logs/bgl-2k.jsonl")
    parser.add_argument("--split", choices=["valid", "test"], default="test")
    parser.add_argument("--false-alarms", type=float, default=0.01)
    parser.add_argument("--window", type=int, default=20)
    arguments = parser.parse_args()
    import numpy
    from sklearn import metrics
    from sklearn.decomposition import TruncatedSVD
    from sklearn.ensemble import IsolationForest
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    rows = read_jsonl(arguments.data / arguments.set)
    fit_end, valid_end = int(len(rows) * 0.4), int(len(rows) * 0.7)
    clean = [index for index in range(fit_end) if not rows[index]["label"]]
    judged = list(range(fit_end, valid_end) if arguments.split == "valid" else range(valid_end, len(rows)))
    # The templates of what is judged are mined behind the clean lines, as a stream would.
    ids = templates([rows[index]["content"] for index in clean + judged])
    clean_ids, judged_ids = ids[: len(clean)], ids[len(clean) :]
    truth = [rows[index]["label"] for index in judged]
    size = arguments.window
    window_truth = [max(part) for part in windows(truth, size)]

    def report(name: str, truth: list[int], clean_scores, scores) -> None:
        limit = threshold(list(clean_scores), arguments.false_alarms)
        found = [score > limit for score in scores]
        wrong = sum(f and not t for f, t in zip(found, truth, strict=True))
        share = wrong / max(1, truth.count(0))
        if not any(truth):
            print(f"| {name} | | | | | {wrong} | {share:.3f} |")
            return
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, found, average="binary", zero_division=0)
        area = metrics.average_precision_score(truth, scores)
        print(f"| {name} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {area:.3f} | {wrong} | {share:.3f} |")

    counts, total = Counter(clean_ids), len(clean)

    def rarity(template: int, left_out: int) -> float:
        return math.log((total - left_out + 1) / (max(0, counts[template] - left_out) + 1))

    rare_clean, rare = [rarity(template, 1) for template in clean_ids], [rarity(template, 0) for template in judged_ids]
    print("| score | precision | recall | F1 | PR-AUC | false alarms | of normal |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    report("lines: template frequency", truth, rare_clean, rare)
    texts = [re.sub(r"\S*\d\S*", " ", rows[index]["content"]) for index in clean + judged]
    for name, steps in [("TF-IDF", []), ("TF-IDF, 50 dimensions", [TruncatedSVD(50, random_state=0)])]:
        features = make_pipeline(TfidfVectorizer(token_pattern=r"[A-Za-z_]+", sublinear_tf=True), *steps)
        train = features.fit_transform(texts[: len(clean)])
        forest = IsolationForest(n_estimators=300, random_state=0).fit(train)
        report(
            f"lines: isolation forest, {name}", truth, -forest.score_samples(train),
            -forest.score_samples(features.transform(texts[len(clean) :])))

    def largest(values: list[float]) -> list[float]:
        return [max(part) for part in windows(values, size)]

    report("windows: template frequency", window_truth, largest(rare_clean), largest(rare))
    columns = {template: column for column, template in enumerate(sorted(set(clean_ids)))}

    def table(ids: list[int]) -> numpy.ndarray:
        """Counts of the clean part's templates, and of all others together."""
        counts = numpy.zeros((len(windows(ids, size)), len(columns) + 1))
        for row, part in enumerate(windows(ids, size)):
            for template in part:
                counts[row, columns.get(template, len(columns))] += 1
        return counts

    forest = IsolationForest(n_estimators=300, random_state=0).fit(table(clean_ids))
    report(
        "windows: isolation forest, template counts", window_truth, -forest.score_samples(table(clean_ids)),
        -forest.score_samples(table(judged_ids)))


if __name__ == "__main__":
    main()
