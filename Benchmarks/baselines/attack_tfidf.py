#!/usr/bin/env python3
"""ATT&CK techniques of sentences with TF-IDF of one and two words and logistic regression.

    python Benchmarks/baselines/attack_tfidf.py --data DIR        DIR holds classification/tram
"""

import argparse
from pathlib import Path

from data import read_jsonl


def pipeline(classifier):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=1), classifier)


def single(folder: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, f1_score

    train, test = (read_jsonl(folder / f"single_label-{split}.jsonl") for split in ("train", "test"))
    model = pipeline(LogisticRegression(C=10, max_iter=2000, class_weight="balanced"))
    model.fit([row["text"] for row in train], [row["label"] for row in train])
    truth, found = [row["label"] for row in test], model.predict([row["text"] for row in test])
    print(
        f"single label: accuracy {accuracy_score(truth, found):.3f}, "
        f"macro-F1 {f1_score(truth, found, average='macro', zero_division=0):.3f}")


def multi(folder: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer

    train, valid, test = (read_jsonl(folder / f"multi_label-{split}.jsonl") for split in ("train", "valid", "test"))
    labels = sorted({label for row in train for label in row["labels"]})
    binarizer = MultiLabelBinarizer(classes=labels)
    binarizer.fit([labels])
    model = pipeline(OneVsRestClassifier(LogisticRegression(C=10, max_iter=1000, solver="liblinear")))
    model.fit([row["text"] for row in train], binarizer.transform([row["labels"] for row in train]))

    def f1(rows, threshold: float, average: str) -> float:
        known = [[label for label in row["labels"] if label in binarizer.classes_] for row in rows]
        found = model.predict_proba([row["text"] for row in rows]) >= threshold
        return f1_score(binarizer.transform(known), found, average=average, zero_division=0)

    for threshold in (0.1, 0.2, 0.3, 0.5):
        print(
            f"multi label, threshold {threshold}: valid micro-F1 {f1(valid, threshold, 'micro'):.3f}, "
            f"test micro-F1 {f1(test, threshold, 'micro'):.3f}, macro-F1 {f1(test, threshold, 'macro'):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "classification" / "tram"
    single(folder)
    multi(folder)


if __name__ == "__main__":
    main()
